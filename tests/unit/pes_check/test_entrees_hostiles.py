"""Files that are no PES, or one gone wrong: a verdict, a reason, bounded memory."""

from __future__ import annotations

import gzip
import re

import pybase64
import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Examinateur, regles_de
from vaguemestre.pes.examen import Reglages

_MILLIARD = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    + "]><b>&a9;</b>"
).encode()
HOSTILES: dict[str, tuple[bytes, str]] = {
    "mille millions de rires": (_MILLIARD, "xml.doctype"),
    "utf-16 sans marque": (f.pes().decode("latin-1").encode("utf-16-le"), "xml.encodage"),
    "utf-16 annoncé, latin-1 écrit": (
        f.pes().replace(b'"ISO-8859-1"', b'"UTF-16"'),
        "xml.encodage",
    ),
    "utf-8 annoncé, latin-1 écrit": (
        f.pes()
        .replace(b'"ISO-8859-1"', b'"UTF-8"')
        .replace(b"FOURNITURES", "MOBILIER SCOLAIRE ÉTÉ".encode("latin-1")),
        "xml.encodage",
    ),
    "attributs par milliers": (
        f.pes().replace(b"<Piece>", b"<Piece %s>" % b" ".join(b'a%d="x"' % i for i in range(9000))),
        "xsd.",
    ),
    "chevrons cachés dans une valeur": (f.pes('<a b="/>">' * 5000), "xml."),
    "texte de plusieurs mégaoctets": (
        f.pes().replace(b"<Piece>", b"<Piece>" + b"x" * 5_000_000, 1),
        "xml.",
    ),
}


@pytest.mark.parametrize("schema_seul", [False, True])
@pytest.mark.parametrize("nom", sorted(HOSTILES))
def test_hostile_file_gets_a_verdict_and_a_reason(
    nom: str, schema_seul: bool, voir: Examinateur
) -> None:
    octets, regle = HOSTILES[nom]
    examen = voir(octets, reglages=Reglages(schema_seul=schema_seul))
    assert examen.verdict == "rejete"
    raison = next(a for a in examen.anomalies if a.regle.startswith(regle))
    assert raison.ligne is not None
    assert raison.conseil


@pytest.mark.parametrize(
    ("avant", "apres"),
    [(b"A", b"A \n "), (b"A", b"*"), (b"A", b"-"), (b"A", b"="), (b"A", b"A==="), (b"A", b"\xa0")],
)
def test_odd_base64_is_accepted_only_where_it_is_white_space(
    avant: bytes, apres: bytes, voir: Examinateur
) -> None:
    octets = f.pes(f.pes_pj(f.pj(f.PDF)))
    texte = re.search(rb"<Fichier[^>]*>([^<]+)<", octets)
    assert texte is not None
    milieu = octets.index(avant, texte.start(1) + 8, texte.end(1))
    abime = octets[:milieu] + apres + octets[milieu + 1 :]
    fautes = {a.regle for a in voir(abime).anomalies if "base64" in a.regle or "xsd." in a.regle}
    assert bool(fautes) == bool(apres.strip(b" \nA"))


def test_nested_gzip_bomb_stops_at_its_bound(voir: Examinateur) -> None:
    """A thousand to one: the bound holds, whatever is in there."""
    bombe = pybase64.b64encode(gzip.compress(b"\0" * 30_000_000, 9))
    octets = re.sub(rb"(<Fichier[^>]*>)[^<]+<", rb"\1" + bombe + b"<", f.pes(f.pes_pj(f.pj(f.PDF))))
    examen = voir(octets, reglages=Reglages(expansion_max=1_000_000))
    assert examen.verdict == "rejete"
    assert any("dépasse 1000000 octets" in a.message for a in examen.anomalies)


def test_structure_errors_far_apart_stand_each_at_its_own_line(voir: Examinateur) -> None:
    """Some chunks leave a doubt and are read again; the others keep their places."""
    pieces = []
    for rang in range(1, 401):
        texte = f.piece(f.ligne(IdLigne="1"), IdPce=str(rang))
        # Two in a row: a doubt. One alone, further: none.
        faux = rang % 100 in (0, 1, 50)
        pieces.append((texte.replace('<MtHT V="', '<MtXX V="') if faux else texte) + "\n")
    octets = f.pes(f.domaine(f.bordereau(*pieces)))
    attendues = [
        rang for rang, ligne in enumerate(octets.split(b"\n"), start=1) if b"<MtXX" in ligne
    ]
    examen = voir(octets, reglages=Reglages(schema_seul=True))
    dites = [a.ligne for a in examen.anomalies if a.regle == "xsd.mtxx.inattendu"]
    assert dites == attendues


def test_same_number_on_every_ligne_is_counted_in_bounded_memory(voir: Examinateur) -> None:
    lignes = [f.ligne(IdLigne="7") for _ in range(60)]
    octets = f.pes(f.domaine(f.bordereau(f.piece(*lignes))))
    examen = voir(octets, reglages=Reglages(constats_max=10))
    dites = [a for a in examen.anomalies if a.regle == "pes.ligne.double"]
    assert len(dites) == 11
    assert len({a.chemin for a in dites[:10]}) == 10
    assert "49 autre(s) fois" in dites[-1].message


def test_schema_only_counts_what_the_rules_count(voir: Examinateur) -> None:
    octets = f.pes()
    entier = voir(octets).sommaire
    seul = voir(octets, reglages=Reglages(schema_seul=True))
    assert entier is not None
    assert seul.sommaire is not None
    assert seul.sommaire.bordereaux == entier.bordereaux
    assert not regles_de(seul)
