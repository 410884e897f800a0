"""Retours of the simulated DGFiP: read back as they were meant, and true to their schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from tests.unit.simulators.pes import bordereau, pes
from vaguemestre.domain.acquits import Retour
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.simulators.acquits import Entete
from vaguemestre.simulators.exemples import VALOMBRE
from vaguemestre.simulators.guichet import Guichet
from vaguemestre.simulators.regles import Regles
from vaguemestre.simulators.retours import (
    INSTANCE,
    PRISE_EN_CHARGE,
    REJETEE,
    SOLDEE,
    PieceRendue,
    retour,
)

ENTETE = Entete(
    nomfic="",
    typfic="PESALR2",
    sigle="X",
    adresse="Y",
    date="2026-03-02",
    id_post=VALOMBRE.poste,
    id_coll=VALOMBRE.siret,
    cod_col=VALOMBRE.code,
    cod_bud="00",
)
MANDAT = PieceRendue(domaine="depense", exercice=2026, type="01", bordereau=7, numero=71)
TITRE = replace(MANDAT, domaine="recette", bordereau=8, numero=81)
PIECES = (
    MANDAT,
    replace(
        MANDAT, numero=72, etat=REJETEE, rejet="2026-03-01", motif="01-09", commentaire="« é »"
    ),
    replace(MANDAT, bordereau=9, numero=91, etat=INSTANCE, instance="2026-03-01"),
    replace(MANDAT, bordereau=9, numero=92, etat=SOLDEE, paye="100.00", paye_le="2026-03-02"),
    TITRE,
    replace(TITRE, numero=82, etat=REJETEE, rejet="2026-03-01", motif="03"),
    replace(TITRE, numero=83, etat=PRISE_EN_CHARGE, paye="40.00", paye_le="2026-03-02"),
    replace(TITRE, numero=84, etat=INSTANCE, instance="2026-03-01"),
)


@pytest.mark.parametrize("pieces", [PIECES, PIECES[:4], PIECES[4:]])
def test_relu_comme_il_fut_ecrit(tmp_path: Path, pieces: tuple[PieceRendue, ...]) -> None:
    chemin = tmp_path / "retour.xml"
    chemin.write_bytes(retour(ENTETE, pieces, nomfic="R1", restitution="02"))
    schema = etree.XMLSchema(etree.parse(donnees("schemas") / "reponses" / "PES_Retour.xsd"))
    schema.assertValid(etree.parse(chemin))
    lu = lire_reponse(chemin)
    assert isinstance(lu, Retour)
    assert (lu.nomfic, lu.id_coll, lu.cod_col) == ("R1", VALOMBRE.siret, VALOMBRE.code)
    assert lu.anomalies == ()
    etats = {INSTANCE: "instance", REJETEE: "rejetee", SOLDEE: "soldee"}
    attendus = [(p.bordereau, str(p.numero), etats.get(p.etat, "prise_en_charge")) for p in pieces]
    assert [(p.bordereau, p.numero, p.etat) for p in lu.pieces] == attendus


def test_rien_n_est_perdu(tmp_path: Path) -> None:
    chemin = tmp_path / "retour.xml"
    chemin.write_bytes(retour(ENTETE, PIECES, nomfic="R1", restitution="01"))
    lu = lire_reponse(chemin)
    assert isinstance(lu, Retour)
    rejetee, payee = lu.pieces[1], lu.pieces[3]
    assert (rejetee.dates, rejetee.commentaire) == ({"rejet": "2026-03-01"}, "« é »")
    assert len(rejetee.motifs) == 2
    assert str(payee.montant_paye) == "100.00"
    assert payee.dates == {"dernier_paiement": "2026-03-02"}


@pytest.mark.parametrize(
    ("voulu", "etats"),
    [
        ("pec", ["prise_en_charge", "prise_en_charge"]),
        ("paye", ["soldee", "soldee"]),
        ("rejet", ["rejetee", "rejetee"]),
    ],
)
def test_apres_l_acquit_le_retour(tmp_path: Path, voulu: str, etats: list[str]) -> None:
    """One more file, for the pièces of the bordereaux that were accepted."""
    guichet = Guichet(tmp_path, Regles.model_validate({"regles": [{"retour": voulu}]}))
    (guichet.racine / "depot" / "F.xml").write_bytes(pes([bordereau(12), bordereau(13)]))
    acquit, suite = guichet.traiter(guichet.prendre("F.xml"))
    chemin = tmp_path / suite.nom
    chemin.write_bytes(suite.contenu)
    lu = lire_reponse(chemin)
    assert isinstance(lu, Retour)
    assert [p.etat for p in lu.pieces] == etats
    assert suite.nom != acquit.nom


def test_refuse_rien_n_en_revient(tmp_path: Path) -> None:
    regles = {"regles": [{"reponse": "refuse", "retour": "pec"}]}
    guichet = Guichet(tmp_path, Regles.model_validate(regles))
    (guichet.racine / "depot" / "F.xml").write_bytes(pes([bordereau(12)]))
    assert len(guichet.traiter(guichet.prendre("F.xml"))) == 1
