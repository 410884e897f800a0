"""What the configuration asks of PJ reaches their control."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.pj import pdfs
from tests.unit.pj.test_controle import SCAN, LecteurEcrit, pj, regles
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.comptable import PieceJustificative
from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite
from vaguemestre.pj.pages import LecteurPdf, Lecture
from vaguemestre.workflows.pieces import Envoi, Pieces, aucune_lecture

FICHE = {"dossier": "c", "nom": "C", "siret": "21340999800019", "code": "123", "poste": "034011"}


def config(pj: dict[str, object] | None = None, *volets: dict[str, object]) -> Configuration:
    return Configuration.model_validate(
        {"pj": pj or {}, "collectivite": [{**FICHE, "convention": volets}]}
    )


def juger(reglages: Configuration | None, envoi: Envoi | None = None) -> list[Anomalie]:
    lecteur = LecteurEcrit(Lecture(nombre=1, pages=(SCAN,), ms=1.0))

    def ouvrir(_: Configuration | None) -> LecteurPdf:
        return lecteur

    pieces = Pieces(reglages, structure=False, texte=True, ouvrir=ouvrir)
    controle = pieces.pour(envoi)
    recueil = controle.ouvrir()
    assert recueil is not None
    recueil.feed(pdfs.SAIN)
    controle.juger(recueil, pj("plan.pdf"))
    return controle.conclure()


def test_gravite_et_seuils() -> None:
    assert regles(juger(None)) == [("pj.pdf.scan", Gravite.REJET_PJ)]
    assert regles(juger(config())) == [("pj.pdf.scan", Gravite.REJET_PJ)]
    assert regles(juger(config({"scan": "avertissement"}))) == [
        ("pj.pdf.scan", Gravite.AVERTISSEMENT)
    ]
    larges = config({"seuils": {"image_pleine": 1.1, "image_seule": 1.0}})
    assert regles(juger(larges)) == [("pj.pdf.sans_texte", Gravite.AVERTISSEMENT)]


def test_volets_de_la_collectivite() -> None:
    reglages = config(
        {"scan": "avertissement"},
        {
            "domaine": "pj",
            "effet": "2026-01-01",
            "categories": ["deliberation", "003"],
            "motif_nom_pj": "Delib_{numero}",
        },
        {
            "domaine": "pj",
            "effet": "2026-01-01",
            "categories": ["marche_contrat"],
            "hors_competence": True,
        },
    )
    dites = {"plan.pdf": DeclarationPj(categorie="marche_contrat", certification="C1")}
    (collectivite,) = reglages.collectivites
    seule = Envoi(collectivite=collectivite, declarations=dites)
    assert [a.regle for a in juger(reglages, seule)] == ["pj.pdf.scan", "pj.certification.absente"]
    ailleurs = PieceJustificative(id_unique="C1", nom="c.pdf", description="d", mime="m")
    avec = Envoi(collectivite=collectivite, declarations=dites, pjs=(ailleurs,))
    assert [a.regle for a in juger(reglages, avec)] == ["pj.pdf.scan"]
    facture = {"plan.pdf": DeclarationPj(categorie="facture_depense")}
    autre = Envoi(collectivite=collectivite, declarations=facture)
    assert [a.regle for a in juger(reglages, autre)] == ["pj.categorie.non_cochee", "pj.pdf.scan"]


def test_liste_de_la_collectivite(tmp_path: Path) -> None:
    une = {"code": "plan", "libelle": "Plans", "paragraphes": ["9"], "formats": ["xml"]}
    tete = {"version": "1", "statut": "convenu", "date": "2026-01-01", "source": "avenant 3"}
    (tmp_path / "liste.json").write_text(json.dumps({**tete, "categories": [une]}), "utf-8")
    reglages = Configuration.model_validate(
        {"racine": tmp_path, "pj": {"categories": "liste.json", "scan": "avertissement"}}
    )
    dites = {"plan.pdf": DeclarationPj(categorie="plan")}
    trouvees = juger(reglages, Envoi(declarations=dites))
    assert [a.regle for a in trouvees] == ["pj.categorie.format", "pj.pdf.scan"]
    absente = Configuration.model_validate({"racine": tmp_path, "pj": {"categories": "x.json"}})
    with pytest.raises(ConfigurationError, match="illisible"):
        juger(absente)


def test_sans_lecture_aucun_octet_n_est_garde() -> None:
    assert aucune_lecture().pour().ouvrir() is None
