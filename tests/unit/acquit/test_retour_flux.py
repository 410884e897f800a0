"""A retour read by search says what expat says, whatever its writing; and memory stays small."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.acquit.test_retour import NS, TETE, mandat, retour, titre
from vaguemestre.errors import IllisibleError
from vaguemestre.pes.acquit import lire_reponse, ouvrir_retour
from vaguemestre.pes.reponse_schema import ecarts
from vaguemestre.pes.retour import LectureRetour
from vaguemestre.pes.retour_balises import lire_balises
from vaguemestre.pes.retour_brut import PieceBrute, Releve
from vaguemestre.pes.retour_flux import lire_pieces

XSD = Path(__file__).resolve().parents[3] / "schemas" / "reponses" / "PES_Retour.xsd"
PAYE = '<PaiementEmargement><OrgEma V="01"/><DtePay V="{}"/><MtPay V="{}"/></PaiementEmargement>'
# Ways to write the same leaf.
ECRITURES = (
    '<{0} V="{1}"/>',
    "<{0} V='{1}'/>",
    '<{0}\n  V = "{1}" />',
    '<{0} V="{1}"></{0}>',
    '<{0} V="  {1} "/>',
    '<{0} autre="=" V="{1}"/>',
)
VALEURS = st.sampled_from(
    [
        "12",
        "voir &amp; revoir",
        "l&apos;&#233;t&#xe9;",
        "a/>b",
        "x=y",
        "",
        "  ",
        "a\tb",
        "-",
        "&lt;8",
    ]
)


def _lues(fichier: Path, *, vite: bool) -> tuple[list[PieceBrute], dict[str, str], object]:
    releve = Releve()
    lire = lire_pieces if vite else lire_balises
    pieces = list(lire(fichier, releve))
    return pieces, releve.entete, releve.domaines


def _comparables(pieces: list[PieceBrute]) -> list[object]:
    return [
        (p.recette, p.role, p.bordereau, p.info, [(x.feuilles, x.emargements) for x in p.lignes])
        for p in pieces
    ]


@st.composite
def retours(tirage: st.DrawFn) -> bytes:
    """A well-formed retour of both domaines, each leaf written in one of the ways."""

    def feuille(nom: str, valeur: str) -> str:
        return tirage(st.sampled_from(ECRITURES)).format(nom, valeur)

    def piece(bloc: str) -> str:
        lignes = "".join(
            "<LigneDePiece><BlocLignePiece><InfoLignePiece>"
            + feuille("IdLigne", str(rang))
            + feuille("Commentaire", tirage(VALEURS))
            + feuille("MtHT", "10.50")
            + "</InfoLignePiece></BlocLignePiece>"
            + PAYE.format("2026-02-02", "3.25") * tirage(st.integers(0, 2))
            + "</LigneDePiece>"
            for rang in range(tirage(st.integers(1, 3)))
        )
        tete = feuille("IdPce", "7") + feuille("Obj", tirage(VALEURS)) + feuille("EtatPce", "02")
        return f"<Piece><{bloc}>{tete}</{bloc}>{lignes}</Piece>"

    def domaine(nom: str, bloc: str) -> str:
        bordereaux = "".join(
            "<Bordereau><BlocBordereau>"
            + feuille("Exer", "2026")
            + feuille("IdBord", str(numero))
            + "</BlocBordereau>\n"
            + "\n".join(piece(bloc) for _ in range(tirage(st.integers(1, 3))))
            + "</Bordereau>"
            for numero in range(tirage(st.integers(1, 3)))
        )
        entete = feuille("TypRestit", "02")
        return f"<PES_{nom}Retour><EnTete{nom}>{entete}</EnTete{nom}>{bordereaux}</PES_{nom}Retour>"

    corps = domaine("Depense", "InfoPiece") + domaine("Recette", "BlocPiece")
    encodage = tirage(st.sampled_from(["ISO-8859-1", "UTF-8"]))
    texte = f'<?xml version="1.0" encoding="{encodage}"?><n:PES_Retour xmlns:n="{NS}">{TETE}{corps}'
    return f"{texte}</n:PES_Retour>".encode(encodage)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contenu=retours())
def test_search_and_expat_read_the_same(contenu: bytes, tmp_path: Path) -> None:
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(contenu)
    vite, entete, domaines = _lues(fichier, vite=True)
    lent, entete_lente, domaines_lents = _lues(fichier, vite=False)
    assert _comparables(vite) == _comparables(lent)
    assert (entete, domaines) == (entete_lente, domaines_lents)
    assert vite


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        (b"<Piece>", b"<!-- </Piece> --><Piece>"),
        (b"<Piece>", b"<Piece Id='a'>"),
        (b"<Piece>", b"<?note </Piece>?><Piece>"),
        (b"<Piece>", b"<x:Piece>"),
    ],
)
def test_what_hides_tags_is_read_by_expat(tmp_path: Path, avant: bytes, apres: bytes) -> None:
    contenu = retour("Depense", mandat("02", "<DtePcePec V='2026-01-02'/>")).replace(avant, apres)
    if b"x:Piece" in apres:
        contenu = contenu.replace(b"</Piece>", b"</x:Piece>").replace(
            b"<n:PES_Retour", b'<n:PES_Retour xmlns:x="urn:x"'
        )
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(contenu)
    (piece,) = LectureRetour(fichier).pieces()
    assert (piece.ref, piece.etat) == ("bordereau 3 / mandat 8", "prise_en_charge")
    assert piece.dates == {"prise_en_charge": "2026-01-02"}


def test_what_is_held_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """4,000 pièces, valid or not, in three megabytes: their result alone would take more."""
    fichier = tmp_path / "gros.xml"
    contenu = retour("Depense", "".join(mandat("02") for _ in range(4_000)))
    assert len(contenu) > 1_000_000
    for corps in (contenu, contenu.replace(b'EtatPce V="02"', b'EtatPce V="77"')):
        fichier.write_bytes(corps)
        tracemalloc.start()
        lecture = ouvrir_retour(fichier)
        assert lecture is not None
        nombre = sum(1 for _ in lecture.pieces())
        constats = ecarts(fichier, XSD)
        _, pic = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert nombre == 4_000
        assert pic < 3_000_000
        assert len(constats) <= 101
        assert bool(constats) == (corps is not contenu)
        dites = [anomalie.message for anomalie in lecture.bilan().anomalies]
        assert len(dites) <= 101
        assert corps is contenu or dites[-1].startswith("3900 autre(s)")


def test_a_departure_from_the_schema_is_placed_and_blocks_nothing(tmp_path: Path) -> None:
    fichier = tmp_path / "r.xml"
    pieces = mandat("02") + mandat("77") + mandat("02").replace("<MtHT ", "<Prix ")
    fichier.write_bytes(retour("Depense", pieces).replace(b"<Piece>", b"\n<Piece>"))
    lue = lire_reponse(fichier)
    xsd = [a for a in lue.anomalies if a.regle.startswith("xsd.")]
    assert [(a.ref, a.ligne) for a in xsd] == [
        ("bordereau 3 / mandat 8", 3),
        ("bordereau 3 / mandat 8 / ligne 1", 4),
    ]
    chemin = "/n:PES_Retour/PES_DepenseRetour/Bordereau[1]/Piece"
    assert [a.chemin for a in xsd] == [
        f"{chemin}[2]/InfoPiece/EtatPce",
        f"{chemin}[3]/LigneDePiece[1]/BlocLignePiece/InfoLignePiece/Prix",
    ]
    assert not any(a.bloquante for a in lue.anomalies)


@pytest.mark.parametrize("fin", [b"", b"<a>" * 5_000, b"</PES_DepenseRetour>"])
def test_a_broken_retour_is_said_before_its_first_piece(tmp_path: Path, fin: bytes) -> None:
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(retour("Depense", mandat("02")).partition(b"</Bordereau>")[0] + fin)
    with pytest.raises(IllisibleError):
        next(LectureRetour(fichier).pieces())


@pytest.mark.parametrize(
    ("etat", "info", "conseil"),
    [
        ("04", '<DtePceRej V="2026-01-03"/>', "même numéro"),
        ("04", '<DtePcePec V="2026-01-02"/><DtePceRej V="2026-01-03"/>', "nouveau numéro"),
        ("04", "", "demander"),
        ("01", "", "En attente"),
        ("02", "", ""),
    ],
)
def test_the_dates_say_whether_the_number_may_serve_again(
    tmp_path: Path, etat: str, info: str, conseil: str
) -> None:
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(retour("Depense", mandat(etat, info)))
    (piece,) = LectureRetour(fichier).pieces()
    assert conseil in piece.conseil
    assert bool(piece.conseil) == bool(conseil)


@pytest.mark.parametrize(
    ("paye", "dit"), [("0", "aucun"), ("40.00", "partiel"), ("100.50", "total"), ("120", "total")]
)
def test_a_payment_is_none_partial_or_whole(tmp_path: Path, paye: str, dit: str) -> None:
    fichier = tmp_path / "r.xml"
    bloc = f'<InfoPaiement><NbrPay V="1"/><MtPayTot V="{paye}"/></InfoPaiement>'
    fichier.write_bytes(retour("Depense", mandat("02", bloc=bloc)))
    (piece,) = LectureRetour(fichier).pieces()
    assert piece.paiement == dit
    fichier.write_bytes(retour("Recette", titre("02")))
    (piece,) = LectureRetour(fichier).pieces()
    assert piece.paiement == "aucun"
