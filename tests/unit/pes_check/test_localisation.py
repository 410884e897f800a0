"""Where schema errors stand: of every kind, far apart or side by side, whatever the layout."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Examinateur
from vaguemestre.pes.examen import Reglages

Gater = Callable[[str], str]
SORTES: dict[str, tuple[Gater, str, str]] = {
    # What is done to a ligne, the rule that says it, the tag that its line is of.
    "feuille qui manque": (
        lambda ligne: ligne.replace('<MtHT V="100.00"/>', ""),
        "xsd.infolignepce.incomplet",
        "</InfoLignePce>",
    ),
    "feuille inconnue": (
        lambda ligne: ligne.replace("<MtHT V=", "<MtXX V="),
        "xsd.mtxx.inattendu",
        "<MtXX ",
    ),
    "feuille deux fois": (
        lambda ligne: ligne.replace('<Nature V="60612"/>', '<Nature V="1"/><Nature V="2"/>'),
        "xsd.nature.inattendu",
        '<Nature V="2"/>',
    ),
    "attribut absent": (
        lambda ligne: ligne.replace("<IdLigne V=", "<IdLigne W="),
        "xsd.idligne.attribut",
        "<IdLigne W=",
    ),
    "bloc vide": (
        lambda ligne: re.sub("<CpteBancaire>.*</CpteBancaire>", "<CpteBancaire/>", ligne),
        "xsd.cptebancaire.incomplet",
        "<CpteBancaire/>",
    ),
    "valeur": (
        lambda ligne: ligne.replace('<MtHT V="100.00"/>', '<MtHT V="douze"/>'),
        "xsd.mtht.nombre",
        '<MtHT V="douze"/>',
    ),
    "texte": (
        lambda ligne: ligne.replace('<Adr2 V="', 'un texte<Adr2 V="'),
        "xsd.adresse.contenu",
        '<Adr2 V="',
    ),
    "bloc inconnu": (
        lambda ligne: ligne.replace("<Tiers>", "<Tiers><Inconnu><Dedans/></Inconnu>"),
        "xsd.inconnu.inattendu",
        "<Inconnu>",
    ),
}


def _fichier(
    sortes: list[str], lignes: int, pas: int, *, aere: bool, tete: str
) -> tuple[bytes, list[tuple[int, str]]]:
    """A file with a fault every `pas` lignes, and where each stands: line and rule."""
    pieces: list[str] = []
    fautes: list[str] = []
    for rang in range(lignes):
        ligne = f.ligne(IdLigne=str(rang + 1), qui=f.tiers(Nom="SOCIÉTÉ ÉÉÉ"))
        if rang % pas == 0:
            gater, _, balise = SORTES[sortes[rang // pas % len(sortes)]]
            gatee = gater(ligne)
            assert gatee != ligne
            ligne = gatee.replace(balise, f"@{len(fautes)}@{balise}", 1)
            fautes.append(SORTES[sortes[rang // pas % len(sortes)]][1])
        pieces.append(ligne + "\n")
    texte = f.pes(f.domaine(f.bordereau(f.piece(*pieces))), tete=tete).decode("latin-1")
    if aere:
        texte = re.sub(r">(?=@|<|un texte)", ">\n  ", texte)
    places = []
    for numero, regle in enumerate(fautes):
        places.append((texte.count("\n", 0, texte.index(f"@{numero}@")) + 1, regle))
    encodage = "utf-8" if "UTF-8" in tete else "latin-1"
    return re.sub(r"@\d+@", "", texte).encode(encodage), places


@pytest.mark.parametrize("tete", [f.TETE, f.TETE.replace("ISO-8859-1", "UTF-8")])
@pytest.mark.parametrize("aere", [False, True])
@pytest.mark.parametrize("pas", [1, 2, 40])
def test_errors_of_every_kind_stand_each_at_its_own_line(
    pas: int, aere: bool, tete: str, voir: Examinateur
) -> None:
    octets, places = _fichier(list(SORTES), 400, pas, aere=aere, tete=tete)
    examen = voir(octets, reglages=Reglages(schema_seul=True))
    vues = {(a.ligne, a.regle) for a in examen.anomalies if a.regle.startswith("xsd.")}
    assert vues == set(places)


@pytest.mark.parametrize("sorte", sorted(SORTES))
def test_one_error_far_from_the_beginning_has_its_line(sorte: str, voir: Examinateur) -> None:
    octets, _ = _fichier([sorte], 300, 300, aere=False, tete=f.TETE)
    sain, _ = _fichier(["valeur"], 300, 1000, aere=False, tete=f.TETE)
    premiere = octets.split(b"\n")[1].rpartition(b"<LigneDePiece>")
    lignes = sain.split(b"\n")
    lignes[200] = premiere[1] + premiere[2]
    (dite,) = {
        (a.regle, a.ligne)
        for a in voir(b"\n".join(lignes), reglages=Reglages(schema_seul=True)).anomalies
        if a.ligne == 201
    }
    assert dite == (SORTES[sorte][1], 201)


def test_text_that_never_ends_is_told_once_and_blames_what_holds_it(voir: Examinateur) -> None:
    octets = f.pes().replace(b"<Piece>", b"<Piece>" + b"x" * 300_000, 1)
    dites = [a for a in voir(octets).anomalies if a.regle.startswith("xsd.")]
    assert [a.regle for a in dites] == ["xsd.piece.contenu"]
    assert dites[0].chemin == "/n:PES_Aller/PES_DepenseAller/Bordereau[1]/Piece[1]"


def test_tag_that_the_facts_cannot_take_is_blamed_by_its_name(voir: Examinateur) -> None:
    attributs = b" ".join(b'a%d="x"' % rang for rang in range(12_000))
    octets = f.pes().replace(b"<Piece>", b"<Piece " + attributs + b">", 1)
    assert any(a.regle == "xsd.piece.attribut" for a in voir(octets).anomalies)


def test_places_stop_at_their_maximum_and_the_rest_is_counted(voir: Examinateur) -> None:
    octets, places = _fichier(["feuille qui manque"], 300, 1, aere=False, tete=f.TETE)
    examen = voir(octets, reglages=Reglages(schema_seul=True, erreurs_max=50))
    dites = [a for a in examen.anomalies if a.regle.startswith("xsd.")]
    assert [(a.ligne, a.regle) for a in dites[:-1]] == places[:50]
    assert dites[-1].regle == "xsd.suite"
    assert dites[-1].message.startswith("250 autre(s)")
