"""Answers made to do harm, or only broken: a verdict and a reason, in little memory.

Limits are small here, and come as arguments: what the file does to the reader is the same.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.acquit.test_retour import NS, TETE, mandat, retour
from vaguemestre.domain.acquits import Retour
from vaguemestre.errors import IllisibleError
from vaguemestre.pes.acquit import lire_reponse, ouvrir_retour
from vaguemestre.pes.acquit_flux import premiere_balise
from vaguemestre.pes.acquit_lecture import lire_acquit
from vaguemestre.pes.reponse_flux import Bornes, morceaux
from vaguemestre.pes.reponse_schema import ecarts, verifier
from vaguemestre.pes.retour import LectureRetour
from vaguemestre.pes.retour_balises import lire_balises
from vaguemestre.pes.retour_brut import Releve
from vaguemestre.pes.retour_flux import lire_pieces

NS_ACQUIT = "urn:acquit/v2"
XSD = Path(__file__).resolve().parents[3] / "schemas" / "reponses" / "PES_Retour.xsd"
PETITES = Bornes(octets=1 << 20, unite=2_000, texte=2_000, profondeur=20, noms=60, balises=None)
DEBUT = f'<n:PES_Retour xmlns:n="{NS}">'
FIN = "</n:PES_Retour>"
# A value that looks like the end of many empty tags.
LEURRE = '<a V="' + "/>" * 40 + '">'
# Depth is followed from part to part: a file of several parts.
LOIN = " " * 1_900


def ecrire(tmp_path: Path, contenu: str | bytes) -> Path:
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
    return fichier


DEMESURES = {
    "profond": (DEBUT + f"<a>{LOIN}" * 60 + "</a>" * 60 + FIN, "20 balises imbriquées"),
    "profond et leurre": (DEBUT + LEURRE * 60 + "</a>" * 60 + FIN, "20 balises imbriquées"),
    "leurre en commentaire": (
        DEBUT + "<!-- </a></a></a> --><a>" * 30 + "</a>" * 30 + FIN,
        "20 balises imbriquées",
    ),
    "leurre en section": (
        DEBUT + "<a><![CDATA[</a></a>/>]]>" * 30 + "</a>" * 30 + FIN,
        "20 balises imbriquées",
    ),
    "leurre en instruction": (
        DEBUT + "<a><?x </a></a>/>?>" * 30 + "</a>" * 30 + FIN,
        "20 balises imbriquées",
    ),
    "long attribut": (DEBUT + '<a V="' + "x" * 200_000 + '"/>' + FIN, "plus de 2000 octets"),
    "long attribut de >": (DEBUT + '<a V="' + ">" * 200_000 + '"/>' + FIN, "plus de 2000 octets"),
    "long texte": (DEBUT + "x" * 200_000 + FIN, "plus de 2000 octets"),
    "long texte de >": (DEBUT + ">" * 200_000 + FIN, "plus de 2000 octets"),
    "long nom": (DEBUT + "<" + "x" * 200_000 + "/>" + FIN, "plus de 2000 octets"),
    "long commentaire": (DEBUT + "<!--" + "<" * 200_000 + "-->" + FIN, "plus de 2000 octets"),
    "longue section": (DEBUT + "<![CDATA[" + "<" * 200_000 + "]]>" + FIN, "plus de 2000 octets"),
    "long et jamais fini": (DEBUT + '<a V="' + "<" * 200_000, "n'est pas fermée"),
    "espaces de noms": (
        DEBUT + "".join(f'<n:a xmlns:p="urn:{n}"/>' for n in range(100)) + FIN,
        "plus de 60 noms",
    ),
    "gros": (DEBUT + "<a/>" * 300_000 + FIN, "le fichier n'est pas lu"),
    "doctype": ('<?xml version="1.0"?><!DOCTYPE a><a/>', "DOCTYPE"),
}
NOMBREUX = {
    "noms de balises": DEBUT + "".join(f"<a{n}/>" for n in range(100)) + FIN,
    "noms d'attributs": DEBUT + "".join(f'<a b{n}="1"/>' for n in range(100)) + FIN,
}


@pytest.mark.parametrize("nom", DEMESURES)
@pytest.mark.parametrize("lire", [verifier, lambda f, b: ecarts(f, XSD, b)])
def test_what_is_beyond_reason_is_said_and_not_held(
    lire: Callable[[Path, Bornes], object], nom: str, tmp_path: Path
) -> None:
    contenu, raison = DEMESURES[nom]
    fichier = ecrire(tmp_path, contenu)
    ecarts(ecrire(tmp_path, DEBUT + FIN), XSD)  # the schema is read once, and stays
    fichier = ecrire(tmp_path, contenu)
    tracemalloc.start()
    with pytest.raises(IllisibleError, match=raison):
        lire(fichier, PETITES)
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pic < 1_500_000


@pytest.mark.parametrize("nom", NOMBREUX)
def test_names_that_a_parser_would_never_forget(nom: str, tmp_path: Path) -> None:
    with pytest.raises(IllisibleError, match="plus de 60 noms"):
        verifier(ecrire(tmp_path, NOMBREUX[nom]), PETITES)


PDF_EN_BASE64 = "JVBERi0x" * 400_000
AUTRE_DOMAINE = (
    f"<PES_DocENSU><Document><Fichier>{PDF_EN_BASE64}</Fichier></Document></PES_DocENSU>"
)


def test_a_domain_with_documents_hides_no_piece(tmp_path: Path) -> None:
    """DocENSU carries PDFs in base64: long texts, and megabytes without the end of a pièce."""
    contenu = retour("Depense", mandat("02"))
    ouvrante, fermante = contenu.split(TETE.encode(), 1)
    avec = ouvrante + TETE.encode() + AUTRE_DOMAINE.encode() + fermante
    seules = list(lire_pieces(ecrire(tmp_path, contenu), Releve()))
    fichier = ecrire(tmp_path, avec)
    verifier(fichier)
    assert [p.info for p in lire_pieces(fichier, Releve())] == [p.info for p in seules]
    assert len(seules) == 1
    assert isinstance(lire_reponse(fichier), Retour)


@pytest.mark.parametrize(
    "contenu",
    [
        DEBUT + "<a>" * 15 + "</a>" * 15 + FIN,
        DEBUT + f"<b>{LEURRE}{'</a>'}</b>" * 30 + FIN,
        DEBUT + "<a V='>'/>" * 3_000 + FIN,
        DEBUT + "<!-- <a><a><a> -->" * 3_000 + FIN,
        DEBUT + "<a>x > y</a>" * 3_000 + FIN,
        f"\ufeff{DEBUT}<?a <b>?><![CDATA[<b>]]>{FIN}",
    ],
)
def test_what_is_only_unusual_passes(contenu: str, tmp_path: Path) -> None:
    verifier(ecrire(tmp_path, contenu), PETITES)


BOUTS = st.sampled_from(
    (
        *("<a>", "</a>", "<a V='/>'>", '<a V="</a>"/>', "<b/>", "<!-- </a> -->", "<?p </a>?>"),
        *("<![CDATA[<a>]]>", "x > y", "é", "\n", '<a V="it\'s"/>'),
    )
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BOUTS, max_size=40))
def test_the_guard_counts_what_a_parser_sees(tmp_path: Path, bouts: list[str]) -> None:
    """Well-formed and no deeper than allowed: let through, byte for byte; deeper: refused."""
    contenu = f"<r>{''.join(bouts)}</r>".encode()
    fichier = ecrire(tmp_path, contenu)
    try:
        arbre = etree.fromstring(contenu, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        with pytest.raises(IllisibleError):
            verifier(fichier)
        return
    elements = [e for e in arbre.iter() if isinstance(e.tag, str)]
    fond = max(1 + sum(1 for _ in e.iterancestors()) for e in elements)
    assert b"".join(morceaux(fichier, Bornes(profondeur=fond))) == contenu
    tags = contenu.count(b"<")
    assert b"".join(morceaux(fichier, Bornes(balises=tags))) == contenu
    with pytest.raises(IllisibleError, match="balises"):
        list(morceaux(fichier, Bornes(balises=tags - 1)))


@pytest.mark.parametrize("lire", [lire_pieces, lire_balises])
def test_a_piece_without_end(lire: Callable[..., object], tmp_path: Path) -> None:
    contenu = retour("Depense", mandat("02").replace("</Piece>", "<b/>" * 100_000 + "</Piece>"))
    fichier = ecrire(tmp_path, contenu)
    with pytest.raises(IllisibleError, match="sans la fin d'une pièce"):
        list(lire(fichier, Releve(), bloc_max=100_000))  # type: ignore[call-overload]


@pytest.mark.parametrize("lire", [lire_pieces, lire_balises])
def test_a_piece_of_too_many_tags(lire: Callable[..., object], tmp_path: Path) -> None:
    contenu = retour(
        "Depense", mandat("02").replace("</Piece>", "<LigneDePiece/>" * 20_000 + "</Piece>")
    )
    fichier = ecrire(tmp_path, contenu)
    with pytest.raises(IllisibleError, match="plus de 5000 balises dans une pièce"):
        list(lire(fichier, Releve(), balises_max=5_000))  # type: ignore[call-overload]


@pytest.mark.parametrize("lire", [lire_pieces, lire_balises])
def test_heads_that_never_end(lire: Callable[..., object], tmp_path: Path) -> None:
    domaine = '<EnTeteDepense><TypRestit V="02"/><IdVer V="2"/></EnTeteDepense>'
    fichier = ecrire(tmp_path, retour("Depense", mandat("02") + domaine * 2_000))
    with pytest.raises(IllisibleError, match="plus de 1000 domaines"):
        list(lire(fichier, Releve()))  # type: ignore[call-overload]
    suite = "<Parametres>" + "".join(f'<P{n} V="{n}"/>' for n in range(50)) + "</Parametres>"
    fichier = ecrire(tmp_path, retour("Depense", mandat("02") + domaine * 3 + suite))
    releve = Releve()
    list(lire(fichier, releve))  # type: ignore[call-overload]
    assert "P1" not in releve.entete
    assert releve.entete["IdColl"]
    assert [bloc for _, bloc in releve.domaines[1:3]] == [{"TypRestit": "02"}] * 2


def test_an_acquit_is_kept_whole_so_it_is_bounded(tmp_path: Path) -> None:
    corps = "<ElementACQUIT><DomaineAck V='5'/><Erreur/></ElementACQUIT>" * 300
    fichier = ecrire(tmp_path, f"<n:PES_ACQUIT xmlns:n='{NS_ACQUIT}'>{corps}</n:PES_ACQUIT>")
    with pytest.raises(IllisibleError, match="plus de 500 balises"):
        lire_acquit(fichier, "PES_ACQUIT", NS_ACQUIT, Bornes(balises=500))
    lu = lire_acquit(fichier, "PES_ACQUIT", NS_ACQUIT)
    assert lu.etat == "rejete"
    # What is odd three hundred times is said a hundred times, then counted.
    dites = [a for a in lu.anomalies if a.regle == "pes.acquit.etat"]
    assert len(dites) == 101
    assert dites[-1].message.startswith("200 autre(s)")


def test_one_bordereau_refused_a_thousand_times_is_one(tmp_path: Path) -> None:
    """v1 repeats the element of a bordereau for each error."""
    corps = "".join(
        "<ElementACQUIT><DomaineAck V='5'/><EtatAck V='0'/><NumBord V='7'/>"
        f"<ExerciceBord V='2026'/><NumPiece V='{n}'/><LibelleAnoAck V='e{n}'/></ElementACQUIT>"
        for n in range(1_000)
    )
    fichier = ecrire(tmp_path, f"<PES_ACQUIT>{TETE}<ACQUIT>{corps}</ACQUIT></PES_ACQUIT>")
    (element,) = lire_acquit(fichier, "PES_ACQUIT", "").elements
    assert [e.libelle for e in element.erreurs] == [f"e{n}" for n in range(1_000)]
    assert element.pieces == tuple(range(1_000))
    assert not element.accepte


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (f"{DEBUT}{FIN}".encode("utf-16"), "UTF-16"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{DEBUT}{FIN}'.encode(), "UTF-16"),
        (f"{DEBUT}<a V='&b;'/>{FIN}".encode(), "mal formé"),
        (f"{DEBUT}<a V='&#0;'/>{FIN}".encode(), "mal formé"),
        (b"<!-- " + b"x" * 300_000 + b" --><PES_Retour/>", "plus de"),
        (b"<PES_Retour a='" + b"x" * 300_000 + b"'/>", "plus de"),
        (b"<PES_Autre/>", "PES_Autre"),
    ],
)
def test_the_reason_is_said_for_each(contenu: bytes, raison: str, tmp_path: Path) -> None:
    with pytest.raises(IllisibleError, match=raison):
        lire_reponse(ecrire(tmp_path, contenu))


def test_only_the_head_is_read_to_know_what_it_is(tmp_path: Path) -> None:
    """What comes after the first tag is the business of the next reading."""
    fichier = ecrire(tmp_path, f"{DEBUT}{'<b/>' * 30_000}{'<a>' * 500_000}")
    assert premiere_balise(fichier) == ("PES_Retour", NS)
    assert ouvrir_retour(fichier) is not None
    with pytest.raises(IllisibleError, match="imbriquées"):
        next(LectureRetour(fichier).pieces())
