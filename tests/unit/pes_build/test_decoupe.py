"""The split: every bordereau once, every PJ once, below the limit, in the order of numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pes_build import exemples
from vaguemestre.domain.comptable import (
    Bordereau,
    Domaine,
    Ligne,
    PieceJustificative,
    PjRef,
    RefCompta,
)
from vaguemestre.errors import DocumentError
from vaguemestre.pes.build import ecrire, taille_bordereau, taille_cadre_pj
from vaguemestre.pes.decoupe import (
    CADRE,
    RESERVE_SIGNATURE,
    Lot,
    decoupe_possible,
    decouper,
    proposer_decoupe,
)
from vaguemestre.pes.pj_flux import taille_bornee, taille_exacte

# One bordereau of the examples, signed, weighs about 11 KB: room for two, or for some PJ.
LIMITE = 40_000


def taille_du_disque(pj: PieceJustificative) -> int:
    """What a compressor that gains half would say, without a file."""
    return taille_bornee(pj.taille) // 2


@st.composite
def depots(draw: st.DrawFn) -> tuple[list[Bordereau], list[PieceJustificative]]:
    noms = [f"PJ{n}" for n in range(draw(st.integers(0, 6)))]
    pjs = [exemples.piece(nom, None, draw(st.integers(1, 40_000))) for nom in noms]
    nombre = draw(st.integers(0, 8))
    bordereaux = []
    for rang in range(nombre):
        mandat = exemples.mandat(rang + 1)
        choix = draw(st.lists(st.sampled_from(noms), max_size=4)) if noms else []
        refs = tuple(PjRef(id_unique=nom) for nom in choix)
        bordereau = exemples.bordereau(
            draw(st.integers(1, 4)),
            replace(mandat, pj_refs=refs),
            type_=draw(st.sampled_from("12")),
        )
        bordereaux.append(bordereau)
    return bordereaux, pjs


def serie(bordereau: Bordereau) -> tuple[Domaine, int, str]:
    return bordereau.domaine, bordereau.exercice, bordereau.type


def emportees(lots: tuple[Lot, ...]) -> list[str]:
    return [pj.id_unique for lot in lots for pj in lot.pieces_justificatives]


@settings(max_examples=300)
@given(depot=depots(), deja=st.sets(st.sampled_from(["PJ0", "PJ1", "PJ2"])), dabord=st.booleans())
def test_ce_qu_une_decoupe_promet(
    depot: tuple[list[Bordereau], list[PieceJustificative]], deja: set[str], dabord: bool
) -> None:
    bordereaux, pjs = depot
    lots = decouper(
        bordereaux,
        pjs,
        limite=LIMITE,
        tailles=taille_du_disque,
        pj_envoyees=frozenset(deja),
        pj_dabord=dabord,
    )
    # Every bordereau in exactly one file, and in the order of its series.
    places = [b for lot in lots for b in lot.bordereaux]
    assert Counter(map(id, places)) == Counter(map(id, bordereaux))
    for une in {serie(b) for b in bordereaux}:
        assert [b for b in places if serie(b) == une] == [b for b in bordereaux if serie(b) == une]
    # Every PJ exactly once, unless the partner has it.
    assert Counter(emportees(lots)) == Counter(
        pj.id_unique for pj in pjs if pj.id_unique not in deja
    )
    for lot in lots:
        assert _octets(lot) <= lot.taille <= LIMITE
        assert lot.bordereaux or lot.pieces_justificatives
        cles = [(b.exercice, b.numero) for b in lot.bordereaux]
        assert len(cles) == len(set(cles))
    if not dabord:
        _premiere_piece(lots)


def _premiere_piece(lots: tuple[Lot, ...]) -> None:
    """A PJ is never referenced in a file before the one that carries it, or its bordereau's."""
    place = {nom: rang for rang, lot in enumerate(lots) for nom in _noms(lot)}
    for rang, lot in enumerate(lots):
        for bordereau in lot.bordereaux:
            for ref in bordereau.pj_refs:
                if place.get(ref.id_unique, -1) > rang:
                    entre = lots[rang + 1 : place[ref.id_unique] + 1]
                    assert all(autre.pj_seules for autre in entre)


def _octets(lot: Lot) -> int:
    """What the file will weigh at most, counted from what it carries."""
    textes = sum(taille_bordereau(b) + RESERVE_SIGNATURE for b in lot.bordereaux)
    return textes + sum(
        taille_cadre_pj(pj) + taille_du_disque(pj) for pj in lot.pieces_justificatives
    )


def _noms(lot: Lot) -> list[str]:
    return [pj.id_unique for pj in lot.pieces_justificatives]


def test_un_petit_depot_tient_dans_un_fichier() -> None:
    bordereaux = [exemples.bordereau(n, exemples.mandat(n, f"PJ{n}")) for n in (1, 2, 3)]
    pjs = [exemples.piece(f"PJ{n}", None, 1000) for n in (1, 2, 3)]
    (lot,) = decouper(bordereaux, pjs)
    assert lot.bordereaux == tuple(bordereaux)
    assert lot.pieces_justificatives == tuple(pjs)
    assert not lot.pj_seules


def test_mandats_et_titres_du_meme_numero_ne_se_melangent_pas() -> None:
    """An acquit says Exer and IdBord, and neither the type nor the side."""
    recette = [replace(exemples.bordereau(n), domaine=Domaine.RECETTE, pieces=()) for n in (1, 2)]
    depense = [exemples.bordereau(n) for n in (1, 2)]
    lots = decouper([depense[0], recette[0], depense[1], recette[1]], [])
    assert [lot.bordereaux for lot in lots] == [tuple(depense), tuple(recette)]


def test_une_pj_partagee_va_avec_la_premiere_piece() -> None:
    pj = exemples.piece("DELEGATION", None, 10_000)
    bordereaux = [exemples.bordereau(n, exemples.mandat(n, "DELEGATION")) for n in range(1, 6)]
    lots = decouper(bordereaux, [pj], limite=LIMITE, tailles=lambda pj: 13_000)
    assert len(lots) > 1
    assert [len(lot.pieces_justificatives) for lot in lots] == [1] + [0] * (len(lots) - 1)


def test_une_pj_deja_envoyee_n_est_que_referencee() -> None:
    pj = exemples.piece("PJ1", None, 10_000)
    (lot,) = decouper(
        [exemples.bordereau(1, exemples.mandat(1, "PJ1"))], [pj], pj_envoyees=frozenset({"PJ1"})
    )
    assert lot.pieces_justificatives == ()


def test_un_bordereau_dont_les_pj_debordent_les_envoie_a_part() -> None:
    sur_ligne = Ligne(
        numero=2,
        nature="60612",
        montant_ht=exemples.ligne().montant_ht,
        pj_refs=(PjRef(id_unique="PJ2"),),
    )
    mandat = replace(exemples.mandat(7, "PJ1"), lignes=(exemples.ligne(), sur_ligne))
    autre = exemples.mandat(8, "PJ1")
    bordereau = exemples.bordereau(5, mandat, autre)
    pjs = [exemples.piece(nom, None, 20_000) for nom in ("PJ1", "PJ2")]
    lots = decouper([bordereau], pjs, limite=LIMITE, tailles=lambda pj: 26_000)
    assert [lot.pj_seules for lot in lots] == [False, True, True]
    assert lots[0].pieces_justificatives == ()
    vers = RefCompta(domaine="01", exercice=2026, type_objet="01", identifiant="7")
    (pj1,), (pj2,) = (lot.pieces_justificatives for lot in lots[1:])
    assert pj1.references == (vers, replace(vers, identifiant="8"))
    assert pj2.references == (replace(vers, complement="2"),)
    dabord = decouper([bordereau], pjs, limite=LIMITE, tailles=lambda pj: 26_000, pj_dabord=True)
    assert [lot.pj_seules for lot in dabord] == [True, True, False]


def test_les_pj_d_un_role_visent_son_bordereau() -> None:
    bordereau = replace(
        exemples.bordereau(5, exemples.mandat(7, "PJ1"), exemples.mandat(8, "PJ1")),
        domaine=Domaine.RECETTE,
        type="06",
    )
    pj = exemples.piece("PJ1", None, 20_000)
    lots = decouper([bordereau], [pj], limite=34_000, tailles=lambda pj: 26_000)
    (envoyee,) = lots[1].pieces_justificatives
    assert envoyee.references == (
        RefCompta(domaine="02", exercice=2026, type_objet="06", identifiant="5"),
    )


def test_ce_qui_deborde_seul_est_nomme_tout_a_la_fois() -> None:
    gros = exemples.bordereau(9, *(exemples.mandat(n) for n in range(1, 200)))
    pjs = [exemples.piece("PJ1", None, 60_000), exemples.piece("PJ2", None, 10)]
    with pytest.raises(DocumentError) as refus:
        decouper([gros], pjs, limite=LIMITE, tailles=lambda pj: 80_000 if pj.taille > 99 else 24)
    assert [a.ref for a in refus.value.anomalies] == ["bordereau 9", "PJ PJ1"]
    assert "PJ1.pdf" in refus.value.anomalies[1].message
    assert "0,0 Mo" in refus.value.anomalies[0].message


def test_la_compression_n_est_mesuree_que_s_il_le_faut() -> None:
    mesurees: list[str] = []

    def mesurer(pj: PieceJustificative) -> int:
        mesurees.append(pj.id_unique)
        return 1_000

    bordereaux = [exemples.bordereau(n, exemples.mandat(n, f"PJ{n}")) for n in (1, 2)]
    petites = [exemples.piece(f"PJ{n}", None, 100) for n in (1, 2)]
    decouper(bordereaux, petites, limite=LIMITE, tailles=mesurer)
    assert mesurees == []
    grosses = [exemples.piece(f"PJ{n}", None, 12_000) for n in (1, 2)]
    (lot,) = decouper(bordereaux, grosses, limite=LIMITE, tailles=mesurer)
    assert sorted(mesurees) == ["PJ1", "PJ2"], "text that packs well: still one file"
    assert len(lot.pieces_justificatives) == 2


def test_des_pj_sans_bordereau_gardent_leurs_references() -> None:
    cible = RefCompta(domaine="01", exercice=2025, type_objet="01", identifiant="44")
    pj = replace(exemples.piece("PJ1", None, 100), references=(cible,))
    (lot,) = decouper([], [pj])
    assert lot.pj_seules
    assert lot.pieces_justificatives[0].references == (cible,)


@settings(max_examples=60)
@given(contenu=st.binary(min_size=1, max_size=3000) | st.integers(1, 300_000).map(bytes))
def test_la_borne_est_une_borne_et_l_exacte_est_exacte(contenu: bytes, atelier: Path) -> None:
    original = atelier / "borne.pdf"
    original.write_bytes(contenu)
    pj = exemples.piece("PJ1", original, len(contenu))
    exacte = taille_exacte(pj)
    assert exacte <= taille_bornee(len(contenu))
    seule = ecrire(exemples.document(pjs=(pj,)), atelier / "b.xml", durable=False)
    assert abs(seule.empreinte.taille - exacte) < CADRE
    texte = (atelier / "b.xml").read_text("latin-1")
    assert len(texte.partition('pdf">')[2].partition("</Fichier>")[0]) == exacte


def test_la_taille_annoncee_couvre_le_fichier_signe(tmp_path: Path) -> None:
    original = tmp_path / "p.pdf"
    original.write_bytes(bytes(range(256)) * 60)
    pj = exemples.piece("PJ1", original, 15_360)
    (lot,) = decouper([exemples.bordereau(1, exemples.mandat(1, "PJ1"))], [pj])
    document = exemples.document(*lot.bordereaux, pjs=lot.pieces_justificatives)
    ecrit = ecrire(document, tmp_path / "a.xml")
    assert ecrit.empreinte.taille + RESERVE_SIGNATURE <= lot.taille


def test_un_fichier_fait_ailleurs_recoit_une_proposition(tmp_path: Path) -> None:
    original = tmp_path / "p.pdf"
    original.write_bytes(b"\x00\xff" * 20_000)
    bordereaux = [exemples.bordereau(n, exemples.mandat(n, f"PJ{n}")) for n in (1, 2, 3)]
    pjs = tuple(exemples.piece(f"PJ{n}", original, 40_000) for n in (1, 2, 3))
    ecrire(exemples.document(*bordereaux, pjs=pjs), tmp_path / "a.xml")
    morceaux = decoupe_possible(tmp_path / "a.xml", limite=30_000)
    assert len(morceaux) == 2
    assert [pj for morceau in morceaux for pj in morceau.pj] == ["PJ1", "PJ2", "PJ3"]
    assert morceaux[0].bordereaux == (
        "bordereau de mandats 1 de 2026",
        "bordereau de mandats 2 de 2026",
    )
    assert all(morceau.taille <= 30_000 for morceau in morceaux)
    phrase = proposer_decoupe(tmp_path / "a.xml", limite=30_000)
    assert "Produire 2 fichiers" in phrase
    assert "bordereau de mandats 3 de 2026, 1 PJ" in phrase
