"""A correction does not leave without the pièce that it corrects (RattachPiece)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.reemission.atelier import Atelier
from vaguemestre.errors import Gravite, UsageError
from vaguemestre.pes.read import lire
from vaguemestre.workflows.entraines import Entrainee, entrainees, exiger
from vaguemestre.workflows.tri import choisies


def rattache(nature: str, numero: int, exercice: int = 2026) -> str:
    return (
        f'<RattachPiece><NatPceOrig V="{nature}"/><ExerRat V="{exercice}"/>'
        f'<IdPceOrig V="{numero}"/><IdLigneOrig V="1"/></RattachPiece>'
    )


def correction(numero: int, lien: str, *, recette: bool = False) -> str:
    ligne = f.ligne(recette=recette, apres=lien)
    return f.piece(ligne, recette=recette, IdPce=str(numero), TypPce="02", NatPce="06")


def mandats(*pieces: str, bordereau: int, type_: str = "01") -> str:
    return f.bordereau(
        *pieces, IdBord=str(bordereau), TypBord=type_, MtBordHT=f"{100 * len(pieces)}.00"
    )


def titres(*pieces: str, bordereau: int, type_: str = "01") -> str:
    total = f"{100 * len(pieces)}.00"
    return f.bordereau(*pieces, recette=True, IdBord=str(bordereau), TypBord=type_, MtBordHt=total)


def simple(numero: int, *, recette: bool = False) -> str:
    return f.piece(recette=recette, IdPce=str(numero))


ORDINAIRES = mandats(simple(411), simple(412), bordereau=12)
ANNULE = mandats(
    correction(900, rattache("01", 411)), correction(901, rattache("01", 412)),
    bordereau=5, type_="02",
)  # fmt: skip


def suites(chemin: Path, *exclure: str) -> list[str]:
    document = lire(chemin)
    return [
        s.phrase for s in entrainees(document.bordereaux, choisies(document.bordereaux, exclure))
    ]


def test_la_reduction_suit_le_mandat_rejete(tmp_path: Path) -> None:
    atelier = Atelier(tmp_path, f.pes(f.domaine(ORDINAIRES, ANNULE)))
    assert suites(atelier.source, "411") == ["depense/5/900 corrige depense/12/411"]
    assert suites(atelier.source, "901") == []
    refait = atelier.refaire("411")
    assert [[p.numero for p in b.pieces] for b in refait.document.bordereaux] == [[412], [901]]
    assert refait.bloquantes == []
    # With both originals gone the correcting bordereau is empty: it disappears.
    octets = f.pes(f.domaine(mandats(*map(simple, (411, 412, 413)), bordereau=12), ANNULE))
    (tmp_path / "autre").mkdir()
    refait = Atelier(tmp_path / "autre", octets).refaire("411", "412")
    assert [[p.numero for p in b.pieces] for b in refait.document.bordereaux] == [[413]]


def test_de_proche_en_proche(tmp_path: Path) -> None:
    """A correction of a correction; and the coding of recette, where 01 is a titre."""
    suite = titres(
        correction(20, rattache("01", 10), recette=True),
        correction(21, rattache("01", 20), recette=True),
        correction(22, rattache("01", 11), recette=True),
        correction(23, rattache("01", 10, 2025), recette=True),
        bordereau=3,
        type_="02",
    )
    originaux = titres(simple(10, recette=True), simple(11, recette=True), bordereau=2)
    chemin = tmp_path / "pes.xml"
    chemin.write_bytes(f.pes(f.domaine(originaux, suite, recette=True)))
    assert sorted(suites(chemin, "10")) == [
        "recette/3/20 corrige recette/2/10",
        "recette/3/21 corrige recette/3/20",
    ]


def test_d_un_domaine_a_l_autre(tmp_path: Path) -> None:
    """A mandat that annuls a titre: NatPceOrig 02 in dépense, where 01 is a mandat."""
    annule = mandats(correction(900, rattache("02", 10)), correction(901, rattache("01", 10)),
                     bordereau=5)  # fmt: skip
    titre = titres(simple(10, recette=True), bordereau=2)
    chemin = tmp_path / "pes.xml"
    chemin.write_bytes(f.pes(f.domaine(annule), f.domaine(titre, recette=True)))
    assert suites(chemin, "recette/2/10") == ["depense/5/900 corrige recette/2/10"]


def test_deux_pieces_du_meme_numero(tmp_path: Path) -> None:
    """Corrections may be numbered apart: the plain pièce of that number is the one corrected."""
    autre = mandats(
        correction(412, rattache("01", 411)), correction(411, rattache("01", 412)),
        bordereau=5, type_="02",
    )  # fmt: skip
    chemin = tmp_path / "pes.xml"
    chemin.write_bytes(f.pes(f.domaine(ORDINAIRES, autre)))
    assert suites(chemin, "12/411") == ["depense/5/412 corrige depense/12/411"]


def test_qui_choisit_choisit_tout() -> None:
    exiger(())
    suite = Entrainee(
        piece=("depense", 2026, "02", 5, 900), origine=("depense", 2026, "01", 12, 411)
    )
    with pytest.raises(UsageError, match=r"corrige depense/12/411.*ajouter depense/5/900 à"):
        exiger((suite,))
    dit = suite.deja_acceptee()
    assert (dit.gravite, dit.ref) == (Gravite.AVERTISSEMENT, "bordereau 5 / mandat 900")
