"""Every rule of the catalogue: a file that breaks it, blamed at its place; one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles import (
    cas_bordereau,
    cas_enveloppe,
    cas_ligne,
    cas_piece,
    cas_pj,
    cas_tiers,
)
from tests.unit.pes_regles.epreuve import (
    Cas,
    Registre,
    depense,
    etaler,
    examiner_octets,
    recette,
    regles_de,
    resoudre,
)
from vaguemestre.errors import Anomalie
from vaguemestre.pes import regles
from vaguemestre.pes.regles.fiches import fiches
from vaguemestre.pes.schema import Schemas

TOUS: tuple[Cas, ...] = (
    *cas_enveloppe.CAS,
    *cas_bordereau.CAS,
    *cas_piece.CAS,
    *cas_ligne.CAS,
    *cas_tiers.CAS,
    *cas_pj.CAS,
)
ANGLAIS = re.compile(
    r"\b(the|is|not|element|value|expected|attribute|valid|allowed|facet|must|character"
    r"|missing|child|should|file|of|and|with|this|pattern|length)\b",
    re.IGNORECASE,
)
PAR_LIGNE = {r.id for r in (*regles.LIGNE.regles, *regles.TIERS.regles)}
_NOMS = [f"{c.regle} : {c.quoi}" for c in TOUS]


def verifier_la_place(octets: bytes, anomalie: Anomalie) -> None:
    """Line and XPath are those of the element that an innocent reader finds."""
    element = resoudre(octets, anomalie)
    assert str(anomalie.ligne) == str(element.sourceline), anomalie.chemin


def verifier_la_phrase(anomalie: Anomalie) -> None:
    """A sentence in French, and what to do about it, without quoting a document."""
    dit = re.sub(r"«[^»]*»|\(\w+\)", "", f"{anomalie.message} {anomalie.conseil}")
    assert len(anomalie.message) > 15
    assert len(anomalie.conseil) > 9
    assert anomalie.conseil.rstrip().endswith((".", "…", "'"))
    assert ANGLAIS.search(dit) is None, dit


def test_every_rule_of_the_catalogue_has_its_case() -> None:
    """Here, where its place is checked as well, or at least in the catalogue's own cards."""
    catalogue = {regle.id for regle in regles.TOUTES}
    eprouvees = {c.regle for c in TOUS}
    assert catalogue - eprouvees - set(fiches()) == set()
    assert eprouvees - catalogue == set()


@pytest.mark.parametrize("etale", [False, True], ids=["deux-lignes", "une-balise-par-ligne"])
@pytest.mark.parametrize("un", TOUS, ids=_NOMS)
def test_the_rule_speaks_at_its_place(
    un: Cas, etale: bool, tmp_path: Path, schemas: Schemas
) -> None:
    octets = etaler(un.octets) if etale else un.octets
    examen = examiner_octets(tmp_path, octets, schemas, registre=un.registre, reglages=un.reglages)
    trouvees = [a for a in examen.anomalies if a.regle == un.regle]
    assert len(trouvees) == 1, regles_de(examen)
    (anomalie,) = trouvees
    assert anomalie.gravite is un.gravite
    assert anomalie.ref == un.ref
    assert anomalie.chemin == un.chemin
    assert anomalie.fichier == "essai.xml"
    verifier_la_place(octets, anomalie)
    verifier_la_phrase(anomalie)
    assert examen.verdict == "rejete" or not anomalie.bloquante
    if not un.xsd:
        autres = [r for r in regles_de(examen) if r.startswith(("xsd.", "xml."))]
        assert autres == []


@pytest.mark.parametrize(
    "un",
    [c for c in TOUS if c.voisin is not None],
    ids=[n for n, c in zip(_NOMS, TOUS, strict=True) if c.voisin is not None],
)
def test_the_rule_lets_the_neighbour_pass(un: Cas, tmp_path: Path, schemas: Schemas) -> None:
    assert un.voisin is not None
    examen = examiner_octets(
        tmp_path, un.voisin, schemas, registre=un.registre, reglages=un.reglages
    )
    assert un.regle not in regles_de(examen)
    assert not [r for r in regles_de(examen) if r.startswith("xml.")]


@pytest.mark.parametrize("etale", [False, True])
@pytest.mark.parametrize(
    "octets",
    [
        f.pes(),
        f.pes(f.domaine(recette=True)),
        f.pes(f.domaine(), f.domaine(recette=True)),
        depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj())),
        recette(f.ligne(recette=True, qui=f.tiers(recette=True, **f.PERSONNE))),
    ],
)
def test_the_base_files_have_no_finding_at_all(
    octets: bytes, etale: bool, tmp_path: Path, schemas: Schemas
) -> None:
    examen = examiner_octets(tmp_path, etaler(octets) if etale else octets, schemas)
    assert examen.anomalies == ()
    assert examen.verdict == "accepte"


def test_all_findings_come_at_once(tmp_path: Path, schemas: Schemas) -> None:
    """A clerk corrects a file once: rules of every level speak in the same reading."""
    qui = f.tiers(cpte=f.compte(IBAN="FR7730001007941234567890185"), NatIdTiers=None)
    octets = depense(
        f.ligne(qui=qui), b={"NbrPce": "2", "MtBordHT": "1.00"}, refs=f.pj_ref("PJ0009")
    )
    examen = examiner_octets(tmp_path, octets, schemas, registre=Registre())
    assert {
        "pes.compte.iban",
        "pes.tiers.identifiant.seul",
        "pes.bordereau.nbrpce",
        "pes.bordereau.montant_ht",
        "registre.pjref.absente",
    } <= set(regles_de(examen))


@pytest.mark.parametrize("gens", [c for c in TOUS if c.regle in PAR_LIGNE])
def test_the_tenth_ligne_is_blamed_not_the_first(
    gens: Cas, tmp_path: Path, schemas: Schemas
) -> None:
    """Blocks of a shape met before take a shorter way: their place must stay their own."""
    debut, balise, reste = gens.octets.partition(b"<LigneDePiece>")
    bloc, fin, suite = reste.partition(b"</LigneDePiece>")
    tous = b"".join(
        balise + bloc.replace(b'<IdLigne V="1"/>', b'<IdLigne V="%d"/>' % i) + fin
        for i in range(1, 11)
    )
    octets = etaler(debut + tous + suite)
    examen = examiner_octets(
        tmp_path, octets, schemas, registre=gens.registre, reglages=gens.reglages
    )
    trouvees = [a for a in examen.anomalies if a.regle == gens.regle]
    assert [a.ref.rpartition(" ")[2] for a in trouvees] == [str(i) for i in range(1, 11)]
    for rang, anomalie in enumerate(trouvees, 1):
        assert f"/LigneDePiece[{rang}]/" in f"{anomalie.chemin}/"
        verifier_la_place(octets, anomalie)
