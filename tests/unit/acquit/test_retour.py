"""Retours: the state of each mandat or titre, what was paid, and why not."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from vaguemestre.domain.acquits import Retour
from vaguemestre.pes.acquit import as_json, lire_reponse

NS = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
TETE = (
    '<Enveloppe><Parametres><Version V="2"/><TypFic V="PESRETOUR"/><NomFic V="R1"/></Parametres>'
    '</Enveloppe><EnTetePES><DteStr V="2026-01-05"/><IdPost V="034001"/>'
    '<IdColl V="21980000000016"/><CodColl V="042"/><CodBud V="00"/></EnTetePES>'
)


def retour(bloc: str, pieces: str, numero: int = 3) -> bytes:
    nom = {"Depense": "PES_DepenseRetour", "Recette": "PES_RecetteRetour"}[bloc]
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?><n:PES_Retour xmlns:n="{NS}">{TETE}<{nom}>'
        f'<EnTete{bloc}><TypRestit V="02"/><IdVer V="2"/><NatInf V="2"/></EnTete{bloc}>'
        f'<Bordereau><BlocBordereau><Exer V="2026"/><IdBord V="{numero}"/><TypBord V="01"/>'
        f"</BlocBordereau>{pieces}</Bordereau></{nom}></n:PES_Retour>"
    ).encode("latin-1")


def mandat(etat: str, info: str = "", bloc: str = "", fin: str = "", ligne: str = "") -> str:
    return (
        f'<Piece><InfoPiece><IdPce V="8"/><TypPce V="01"/><NatPce V="01"/>{info}'
        f'<EtatPce V="{etat}"/></InfoPiece><LigneDePiece><BlocLignePiece><InfoLignePiece>'
        f'<IdLigne V="1"/><EtatLigPce V="01"/>{ligne}<MtHT V="100.50"/></InfoLignePiece>{bloc}'
        f"</BlocLignePiece>{fin}</LigneDePiece></Piece>"
    )


def titre(etat: str, lignes: tuple[str, ...] = ("04",), bloc: str = "", fin: str = "") -> str:
    corps = "".join(
        f'<LigneDePiece><BlocLignePiece><InfoLignePiece><IdLigne V="{rang}"/>'
        f'<EtatLigPce V="{code}"/><MtHT V="10"/></InfoLignePiece>{bloc}</BlocLignePiece>{fin}'
        "</LigneDePiece>"
        for rang, code in enumerate(lignes, 1)
    )
    return (
        '<Piece><BlocPiece><IdPce V="9"/><TypPce V="01"/><NatPce V="01"/>'
        f'<EtatPce V="{etat}"/></BlocPiece>{corps}</Piece>'
    )


def lire(tmp_path: Path, contenu: bytes) -> Retour:
    fichier = tmp_path / "retour.xml"
    fichier.write_bytes(contenu)
    lu = lire_reponse(fichier)
    assert isinstance(lu, Retour)
    return lu


@pytest.mark.parametrize(
    ("code", "etat"),
    [("01", "instance"), ("02", "prise_en_charge"), ("04", "rejetee"), ("05", "soldee")],
)
def test_states_of_a_mandat(tmp_path: Path, code: str, etat: str) -> None:
    lu = lire(tmp_path, retour("Depense", mandat(code)))
    assert (lu.domaine, lu.nomfic, lu.id_coll, lu.restitution) == (
        "depense",
        "R1",
        "21980000000016",
        "02",
    )
    (piece,) = lu.pieces
    assert (piece.ref, piece.etat, piece.exercice) == ("bordereau 3 / mandat 8", etat, 2026)
    assert (piece.montant_ht, piece.montant_paye) == (Decimal("100.50"), None)


SUSPENDU = '<InfoSuspPour><CodeSuspPour V="09"/><DteSuspPour V="2026-02-01"/>{}</InfoSuspPour>'


@pytest.mark.parametrize(
    ("code", "lignes", "bloc", "etat"),
    [
        ("01", ("03",), "", "instance"),
        ("02", ("04",), "", "prise_en_charge"),
        ("03", ("04",), "", "prise_en_charge"),
        ("04", ("01",), "", "rejetee"),
        ("05", ("02",), "", "rejetee"),
        ("02", ("05", "06"), "", "soldee"),
        ("02", ("05", "04"), "", "prise_en_charge"),
        ("02", ("04",), SUSPENDU.format(""), "suspendue"),
        ("02", ("04",), SUSPENDU.format('<DteRepPour V="2026-03-01"/>'), "prise_en_charge"),
    ],
)
def test_states_of_a_titre(
    tmp_path: Path, code: str, lignes: tuple[str, ...], bloc: str, etat: str
) -> None:
    (piece,) = lire(tmp_path, retour("Recette", titre(code, lignes, bloc))).pieces
    assert (piece.ref, piece.etat) == ("bordereau 3 / titre 9", etat)
    if etat == "suspendue":
        assert piece.motifs == (
            "ligne 1 : poursuites suspendues, 09 - commission de surendettement",
        )


def test_paid_is_the_total_or_the_sum_of_emargements(tmp_path: Path) -> None:
    total = '<InfoPaiement><NbrPay V="2"/><MtPayTot V="60.00"/></InfoPaiement>'
    paye = (
        '<PaiementEmargement><OrgEma V="01"/><DtePay V="{}"/><MtPay V="{}"/></PaiementEmargement>'
    )
    fin = paye.format("2026-02-02", "30.00") + paye.format("2026-01-15", "12.25")
    (avec,) = lire(tmp_path, retour("Depense", mandat("02", "", total, fin))).pieces
    (sans,) = lire(tmp_path, retour("Depense", mandat("02", "", "", fin))).pieces
    assert (avec.montant_paye, sans.montant_paye) == (Decimal("60.00"), Decimal("42.25"))
    assert sans.dates == {"dernier_paiement": "2026-02-02"}
    reco = (
        '<EncaissementEmargement><OrgEma V="02"/><DteReco V="2026-02-03"/><MtReco V="4"/>'
        "</EncaissementEmargement>"
    )
    (titre_lu,) = lire(tmp_path, retour("Recette", titre("02", ("04", "04"), "", reco))).pieces
    assert titre_lu.montant_paye == Decimal(8)
    assert titre_lu.montant_ht == Decimal(20)
    assert titre_lu.dates == {"dernier_encaissement": "2026-02-03"}


def test_reasons_dates_and_comments(tmp_path: Path) -> None:
    info = (
        '<DtePcePec V="2026-01-02"/><ObsEtat V="01-09-77"/><Commentaire V="voir courriel"/>'
        '<DtePceRej V="2026-01-03"/><DtePceInst V="2026-01-01"/>'
    )
    contenu = retour("Depense", mandat("04", info, ligne='<ObsEtat V="RIB manquant"/>'))
    (piece,) = lire(tmp_path, contenu).pieces
    assert piece.motifs == (
        "01 - PJ absente ou non valable",
        "09 - domiciliation bancaire absente ou erronée",
        "77 - motif hors liste",
        "ligne 1 : RIB manquant",
    )
    assert piece.dates == {
        "prise_en_charge": "2026-01-02",
        "rejet": "2026-01-03",
        "instance": "2026-01-01",
    }
    assert piece.commentaire == "voir courriel"


def test_json_is_the_one_promised(tmp_path: Path) -> None:
    lu = as_json(lire(tmp_path, retour("Depense", mandat("02"))))
    assert (lu["type"], lu["domaine"]) == ("retour", "depense")
    piece = lu["pieces"][0]  # type: ignore[index]
    assert {"ref", "etat_piece", "montant_ht", "montant_paye", "dates", "motifs"} <= set(piece)
    assert piece["montant_ht"] == "100.50"


def test_odd_values_are_said_and_kept(tmp_path: Path) -> None:
    contenu = retour("Depense", mandat("33")).replace(b'"100.50"', b'"1E+15"')
    lu = lire(tmp_path, contenu.replace(b'V="2026"', b'V="MMXXVI"'))
    assert {a.regle for a in lu.anomalies if not a.regle.startswith("xsd.")} == {
        "pes.retour.numero",
        "pes.retour.etat",
        "pes.retour.montant",
    }
    assert lu.pieces[0].etat == "33"


def test_an_event_on_a_whole_role(tmp_path: Path) -> None:
    contenu = (
        f'<n:PES_Retour xmlns:n="{NS}">{TETE}<PES_RecetteRetour><EnTeteRecette>'
        '<TypRestit V="01"/></EnTeteRecette><Bordereau><BordereauORMCGlobal><Exer V="2026"/>'
        '<IdBord V="44"/><MtTTC V="12.00"/><DtePec V="2026-01-01"/><DteRej V="2026-01-02"/>'
        "</BordereauORMCGlobal></Bordereau></PES_RecetteRetour></n:PES_Retour>"
    ).encode()
    (piece,) = lire(tmp_path, contenu).pieces
    assert (piece.ref, piece.etat, piece.montant_ht) == ("bordereau 44", "rejetee", Decimal(12))


def test_another_kind_of_retour_is_named_not_built(tmp_path: Path) -> None:
    contenu = f'<n:PES_Retour xmlns:n="{NS}">{TETE}<PES_ClientRetour/></n:PES_Retour>'.encode()
    lu = lire(tmp_path, contenu)
    assert (lu.domaine, lu.pieces) == ("autre", ())
    assert "pes.retour.domaine" in {a.regle for a in lu.anomalies}


def test_a_large_retour_is_streamed(tmp_path: Path) -> None:
    """20,000 mandats: what is held is the result, not the file."""
    contenu = retour("Depense", "".join(mandat("02") for _ in range(20_000)))
    fichier = tmp_path / "gros.xml"
    fichier.write_bytes(contenu)
    tracemalloc.start()
    lu = lire_reponse(fichier)
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(lu, Retour)
    assert len(lu.pieces) == 20_000
    assert pic < 40_000_000
