"""The convention, the report and the documentation of the columns."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.intake.fabrique import MANDAT, SIRET, TITRE, contexte, imbrique
from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import (
    Bordereau,
    Domaine,
    Ligne,
    Mandat,
    PieceJustificative,
    PjRef,
)
from vaguemestre.errors import Anomalie, Gravite, RessourceError
from vaguemestre.intake.colonnes import Genre, colonnes
from vaguemestre.intake.convention import controler_convention
from vaguemestre.intake.depot import lire_depot
from vaguemestre.intake.documentation import aide_markdown, schema_json
from vaguemestre.rapport.depot import FluxRapport, RapportDepot, ecrire_rapport, page

JOUR = date(2026, 11, 21)
PJ = PieceJustificative(
    id_unique="ABC", nom="Facture_1_2026_LAGON.pdf", description="d", mime="m", type="003"
)


def collectivite(*volets: dict[str, Any]) -> Collectivite:
    return Collectivite.model_validate(
        {
            "dossier": "lagon", "nom": "Lagon", "siret": SIRET, "code": "123", "poste": "988001",
            "convention": volets,
        }
    )  # fmt: skip


def bordereau(jour: date = JOUR, *refs: str) -> Bordereau:
    ligne = Ligne(numero=1, nature="6", montant_ht=Decimal(1))
    liens = tuple(PjRef(id_unique=ref) for ref in refs)
    mandat = Mandat(numero=1, type="01", nature="01", lignes=(ligne,), pj_refs=liens)
    return Bordereau(
        domaine=Domaine.DEPENSE, exercice=2026, numero=7, date_emission=jour, type="01",
        pieces=(mandat,),
    )  # fmt: skip


def juger(jour: date, *volets: dict[str, Any], pj: bool = False, budget: str = "00") -> list[str]:
    anomalies = controler_convention(
        [bordereau(jour, "ABC")], [PJ] if pj else [], collectivite(*volets), budget, JOUR
    )
    assert all(a.message and a.conseil and a.bloquante for a in anomalies)
    return [a.regle.removeprefix("depot.convention.") for a in anomalies]


DEPENSE = {"domaine": "depense", "effet": "2026-01-01"}


def test_sans_convention_rien_n_est_refuse() -> None:
    assert juger(date(1990, 1, 1), pj=True) == []


def test_flux_effet_fin_budget() -> None:
    assert juger(JOUR, DEPENSE) == []
    assert juger(date(2026, 1, 1), DEPENSE) == []
    assert juger(date(2025, 12, 31), DEPENSE) == ["effet"]
    assert juger(JOUR, {**DEPENSE, "domaine": "recette"}) == ["flux"]
    assert juger(JOUR, {**DEPENSE, "budgets": ("01",)}) == ["flux"]
    assert juger(JOUR, {**DEPENSE, "budgets": ("01",)}, budget="01") == []
    assert juger(date(2026, 6, 1), {**DEPENSE, "fin": "2026-11-20"}) == ["fin"]
    assert juger(date(2026, 6, 1), {**DEPENSE, "fin": "2026-11-21"}) == []
    suite = {**DEPENSE, "effet": "2026-07-01"}
    assert juger(date(2026, 3, 1), {**DEPENSE, "fin": "2026-06-30"}, suite) == ["fin"]


def test_pj_par_categorie_date_et_nom() -> None:
    volet = {"domaine": "pj", "effet": "2026-01-01"}
    assert juger(JOUR, DEPENSE, pj=True) == ["flux"]
    assert juger(JOUR, DEPENSE, volet, pj=True) == []
    assert juger(JOUR, DEPENSE, {**volet, "categories": ("009",)}, pj=True) == ["flux"]
    assert juger(JOUR, DEPENSE, {**volet, "categories": ("003",)}, pj=True) == []
    assert juger(JOUR, DEPENSE, {**volet, "effet": "2026-12-01"}, pj=True) == ["effet"]
    bon, mauvais = r"Facture_\d+_\d{4}_.+\.pdf", r"BC_.+\.pdf"
    assert juger(JOUR, DEPENSE, {**volet, "motif_nom_pj": bon}, pj=True) == []
    assert juger(JOUR, DEPENSE, {**volet, "motif_nom_pj": mauvais}, pj=True) == ["nom_pj"]


class Lecteur(HTMLParser):
    """Collects tags and text; checks that what opens closes."""

    def __init__(self) -> None:
        super().__init__()
        self.ouvertes: list[str] = []
        self.titres: list[str] = []
        self.texte = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "img", "link", "iframe"}
        if tag != "meta":
            self.ouvertes.append(tag)
            self.titres += [tag] if tag in {"h1", "h2", "h3"} else []

    def handle_endtag(self, tag: str) -> None:
        assert self.ouvertes.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texte += data


def rapport(**plus: Any) -> RapportDepot:
    anomalies = (
        Anomalie("pj.format", "PJ b", "à vérifier", Gravite.AVERTISSEMENT),
        Anomalie(
            "depot.valeur.montant",
            "bordereau 7 / mandat 1",
            "montant_ht « <script>alert(1)</script> » : ce n'est pas un nombre",
            ligne=3,
            colonne=6,
            chemin="montant_ht",
            valeur="<script>alert(1)</script>",
            conseil="Écrire les chiffres seuls.",
            fichier="mandats & titres.csv",
        ),
    )
    reglages: dict[str, Any] = {
        "depot": "paie <novembre>",
        "collectivite": "Commune du Lagon",
        "verdict": "rejete",
        "date": "2026-11-21T10:00:00Z",
        "anomalies": anomalies,
        "remplacements": {"’": 3, "\u00a0": 1, "\ufeff": 1},
        "flux": (FluxRapport(flux="F1", nomfic="PESALR2_1", budget="00", total_ht="12.00"),),
        "totaux": {"pieces": 3},
    }
    return RapportDepot(**(reglages | plus))


def test_rapport_sur_disque(tmp_path: Path) -> None:
    ecrire_rapport(tmp_path, rapport())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["rapport.html", "rapport.json"]
    contenu = json.loads((tmp_path / "rapport.json").read_text("utf-8"))
    assert contenu["verdict"] == "rejete"
    assert [a["regle"] for a in contenu["anomalies"]] == ["depot.valeur.montant", "pj.format"]
    assert contenu["flux"][0]["nomfic"] == "PESALR2_1"
    assert contenu["remplacements"]["’"] == 3


def test_rapport_dans_un_dossier_qui_n_existe_pas(tmp_path: Path) -> None:
    with pytest.raises(RessourceError):
        ecrire_rapport(tmp_path / "parti", rapport())


def test_page_bien_formee_echappee_et_complete() -> None:
    html = page(rapport())
    lecteur = Lecteur()
    lecteur.feed(html)
    assert lecteur.ouvertes == []
    assert lecteur.titres[0] == "h1"
    assert "<script>" not in html
    assert 'lang="fr"' in html
    for attendu in ("ligne 3", "colonne 6", "montant_ht", "mandats & titres.csv", "Que faire",
                    "espace insécable", "U+FEFF", "rien n'a été envoyé", "PESALR2_1"):  # fmt: skip
        assert attendu in lecteur.texte
    assert lecteur.texte.index("ce n'est pas un nombre") < lecteur.texte.index("à vérifier")


def test_page_d_un_depot_accepte_et_page_limitee() -> None:
    assert "Dépôt accepté" in page(rapport(verdict="accepte", anomalies=()))
    beaucoup = tuple(Anomalie(f"x.r{i:04d}", str(i), "m") for i in range(1500))
    html = page(rapport(anomalies=beaucoup))
    assert "500 autre(s) constat(s)" in html
    assert "x.r0999<" in html
    assert "x.r1000<" not in html


@pytest.mark.parametrize("genre", ["mandats", "titres"])
def test_chaque_colonne_est_documentee_et_son_exemple_se_lit(genre: Genre, tmp_path: Path) -> None:
    aide = aide_markdown()
    noms = [c.nom for c in colonnes(genre)]
    assert len(noms) == len(set(noms))
    for colonne in colonnes(genre):
        assert f"`{colonne.nom}`" in aide
        assert colonne.libelle
        assert colonne.exemple
    # A row of all examples is understood: what the page shows is what the program reads.
    ligne = {c.nom: c.exemple for c in colonnes(genre) if not c.nom.startswith(("rib_", "pj"))}
    (tmp_path / f"{genre}.json").write_text(json.dumps([ligne]), "utf-8")
    lu = lire_depot(tmp_path, contexte())
    assert [a.message for a in lu.anomalies] == []
    assert lu.bordereaux["00"][0].pieces


def test_schema_json() -> None:
    for genre, ligne in (("mandats", MANDAT), ("titres", TITRE)):
        schema = schema_json(genre)  # type: ignore[arg-type]
        jsonschema.Draft202012Validator.check_schema(schema)
        juge = jsonschema.Draft202012Validator(schema)
        assert juge.is_valid([ligne])
        assert not juge.is_valid([{**ligne, "objett": "x"}])
        assert not juge.is_valid([{nom: v for nom, v in ligne.items() if nom != "nature"}])
        assert not juge.is_valid([{nom: v for nom, v in ligne.items() if nom != "tiers_nom"}])
        assert not juge.is_valid([])
    juge = jsonschema.Draft202012Validator(schema_json("mandats"))
    texte = imbrique({"mandat": 1, "lignes": [{"nature": "6", "montant_ht": 1}]})
    assert juge.is_valid(json.loads(texte))
