"""Cutting pièces out of a PES: what stays is the same to the byte, whoever wrote the file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaguemestre.domain.comptable import Bordereau
from vaguemestre.errors import DocumentError
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.pes.reduction import BordereauReduit, Reduction, reduire
from vaguemestre.pes.schema import charger

JOUR = date(2026, 4, 1)
ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/>'
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)


TOTALISENT = {
    f"pes.bordereau.{nom}"
    for nom in ("nbrpce", "montant_ht", "montant_tva", "tva_sans_ligne", "tva_absente")
}


def ligne(ht: str, tva: str | None) -> str:
    taxe = f'<MtTVA V="{tva}"/>' if tva else ""
    return (
        '<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="1"/><Nature V="60632"/>'
        f'<TVAIntraCom V="0"/><MtHT V="{ht}"/>{taxe}</InfoLignePce></BlocLignePiece>'
        '<Tiers><InfoTiers><CatTiers V="50"/><NatJur V="03"/><Nom V="BÉATRICE &amp; FILS"/>'
        "</InfoTiers></Tiers></LigneDePiece>"
    )


def piece(numero: int, ht: str, tva: str | None, pj: str = "") -> str:
    ref = f'<PJRef><Support V="01"/><IdUnique V="{pj}"/></PJRef>' if pj else ""
    return (
        f'<Piece><BlocPiece><InfoPce><IdPce V="{numero}"/><TypPce V="01"/><NatPce V="01"/>'
        f'<Obj V="Objet n° {numero}"/>{ref}</InfoPce></BlocPiece>{ligne(ht, tva)}</Piece>'
    )


def bordereau(numero: int, pieces: Iterable[str], totaux: str, id_: str = "", fin: str = "") -> str:
    corps = "\n   ".join(pieces)
    return (
        f'\n  <Bordereau{id_}>\n   <BlocBordereau><Exer V="2026"/><IdBord V="{numero}"/>'
        f'<DteBordEm V="2026-03-02"/><TypBord V="01"/>{totaux}</BlocBordereau>\n   {corps}'
        f"{fin}\n  </Bordereau>"
    )


def pj(identifiant: str) -> str:
    return (
        '\n<PJ><Contenu><Fichier MIMEType="application/pdf">H4sIAAAAAAAAAwMAAAAAAAAAAAA='
        f'</Fichier></Contenu><IdUnique V="{identifiant}"/><NomPJ V="f.pdf"/>'
        '<Description V="facture"/></PJ>'
    )


def fichier(*bordereaux: str, pjs: Iterable[str] = (), fin: str = "", encodage: str = "ISO-8859-1",
            commentaire: str = "") -> bytes:  # fmt: skip
    blocs = "".join(pj(un) for un in pjs)
    pes_pj = f'\n<PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ>{blocs}\n</PES_PJ>'
    return (
        f'<?xml version="1.0" encoding="{encodage}"?>\n<n:PES_Aller xmlns:n="{ESPACE}">\n'
        "<Enveloppe><Parametres><Version V='2'/><TypFic V='PESALR2'/><NomFic V='ANCIEN'/>"
        "</Parametres><Emetteur><Sigle V='X'/><Adresse V='Y'/></Emetteur>"
        "<Recepteur><Sigle V='Z'/></Recepteur></Enveloppe>\n"
        '<EnTetePES><DteStr V="2026-03-02"/><IdPost V="034011"/><IdColl V="21340999000014"/>'
        f'<CodCol V="123"/><CodBud V="00"/></EnTetePES>{commentaire}\n'
        '<PES_DepenseAller>\n  <EnTeteDepense><IdVer V="2"/><InfoDematerialisee V="0"/>'
        f"</EnTeteDepense>{''.join(bordereaux)}\n</PES_DepenseAller>{pes_pj if blocs else ''}"
        f"{fin}\n</n:PES_Aller>\n"
    ).encode(encodage)


TOTAUX = '<NbrPce V="3"/><MtCumulAnnuel V="90.5"/><MtBordHT V="60.50"/><MtBordTVA V="4.00"/>'
PIECES = (piece(1, "10.00", "4.00", "A1"), piece(2, "20.50", None, "B2"), piece(3, "30.00", None))


def reduit(b: Bordereau, restent: Iterable[int], cumul: str | None = None) -> BordereauReduit:
    places = frozenset(restent)
    sans = replace(b, pieces=tuple(p for rang, p in enumerate(b.pieces) if rang in places))
    return BordereauReduit(
        pieces=places,
        numero=b.numero,
        montant_ht=sans.montant_ht,
        montant_tva=sans.montant_tva,
        cumul=None if cumul is None else Decimal(cumul),
    )


def couper(
    dossier: Path,
    contenu: bytes,
    *restent: Iterable[int] | None,
    pjs: Iterable[int] = (),
    cumul: str | None = None,
) -> bytes:
    source, vers = dossier / "source.xml", dossier / "vers.xml"
    source.write_bytes(contenu)
    bordereaux = lire(source).bordereaux
    reduction = Reduction(
        nomfic="NOUVEAU",
        jour=JOUR,
        bordereaux=tuple(
            None if restes is None else reduit(b, restes, cumul)
            for b, restes in zip(bordereaux, restent, strict=True)
        ),
        pjs=frozenset(pjs),
    )
    empreinte = reduire(source, vers, reduction)
    octets = vers.read_bytes()
    assert empreinte.sha256 == hashlib.sha256(octets).hexdigest()
    assert source.read_bytes() == contenu
    return octets


@pytest.mark.parametrize("encodage", ["ISO-8859-1", "UTF-8"])
def test_tout_garder_ne_change_que_le_nom_et_la_date(tmp_path: Path, encodage: str) -> None:
    contenu = fichier(bordereau(7, PIECES, TOTAUX), pjs=("A1", "B2"), encodage=encodage)
    attendu = contenu.replace(b"ANCIEN", b"NOUVEAU").replace(
        b'DteStr V="2026-03-02"', b'DteStr V="2026-04-01"'
    )
    # The same amount written otherwise (90.5) keeps its writing.
    assert couper(tmp_path, contenu, {0, 1, 2}, pjs={0, 1}, cumul="90.50") == attendu


def test_une_piece_de_moins(tmp_path: Path) -> None:
    contenu = fichier(bordereau(7, PIECES, TOTAUX), pjs=("A1", "B2"))
    octets = couper(tmp_path, contenu, {1, 2}, pjs={1}, cumul="80.00")
    totaux = '<NbrPce V="2"/><MtCumulAnnuel V="80.00"/><MtBordHT V="50.50"/>'
    attendu = fichier(bordereau(7, PIECES[1:], totaux), pjs=("B2",))
    attendu = attendu.replace(b"ANCIEN", b"NOUVEAU")
    assert octets == attendu.replace(b'DteStr V="2026-03-02"', b'DteStr V="2026-04-01"')


def test_bordereau_vide_et_pj_sans_objet_disparaissent(tmp_path: Path) -> None:
    deux = '<NbrPce V="2"/><MtBordHT V="30.50"/><MtBordTVA V="4.00"/>'
    contenu = fichier(bordereau(7, PIECES[:2], deux), bordereau(8, PIECES[2:], TOTAUX), pjs=("A1",))
    octets = couper(tmp_path, contenu, None, {0})
    assert b'IdBord V="7"' not in octets
    assert b"PES_PJ" not in octets
    assert b'<NbrPce V="1"/>' in octets
    assert b"MtBordTVA" not in octets
    # MtCumulAnnuel, of which nothing was said, is left as it was.
    assert b'<MtCumulAnnuel V="90.5"/>' in octets
    vers = tmp_path / "vers.xml"
    assert [b.numero for b in lire(vers).bordereaux] == [8]


@pytest.mark.parametrize("ou", ["bordereau", "fichier"])
def test_les_signatures_ne_tiennent_plus(tmp_path: Path, ou: str) -> None:
    dans, apres = (SIGNATURE, "") if ou == "bordereau" else ("", f"\n{SIGNATURE}")
    signe = fichier(
        bordereau(7, PIECES, TOTAUX, ' Id="B7"', f"\n   {dans}" if dans else ""), fin=apres
    )
    signe = signe.replace(b'Dematerialisee V="0"', b'Dematerialisee V="1"')
    octets = couper(tmp_path, signe, {0, 1, 2})
    assert b"Signature" not in octets
    # What says « signed » says so no longer; signing anew sets it back.
    assert b'<InfoDematerialisee V="0"/>' in octets
    assert octets.count(b"<Piece>") == 3
    assert b'Id="B7"' in octets


def test_un_fichier_commente(tmp_path: Path) -> None:
    """With a comment the slower map of the file is used; the cut is the same."""
    contenu = fichier(
        bordereau(7, PIECES, TOTAUX), commentaire="<!-- <Bordereau><Piece> -->", pjs=("A1",)
    )
    octets = couper(tmp_path, contenu, {2}, pjs=())
    assert octets.count(b"</Piece>") == 1
    assert b"<!-- <Bordereau><Piece> -->" in octets


def test_un_nouveau_numero(tmp_path: Path) -> None:
    source, vers = tmp_path / "source.xml", tmp_path / "vers.xml"
    source.write_bytes(fichier(bordereau(7, PIECES, TOTAUX)))
    (b,) = lire(source).bordereaux
    voulu = replace(reduit(b, {0, 1, 2}), numero=12)
    reduire(source, vers, Reduction(nomfic="N", jour=JOUR, bordereaux=(voulu,), pjs=frozenset()))
    assert [un.numero for un in lire(vers).bordereaux] == [12]


def test_ce_qui_ne_se_coupe_pas(tmp_path: Path) -> None:
    facture = fichier(bordereau(7, PIECES, TOTAUX), fin="\n<PES_Facture></PES_Facture>")
    with pytest.raises(DocumentError, match="PES_Facture"):
        couper(tmp_path, facture, {0})
    assert not (tmp_path / "vers.xml").exists()
    source = tmp_path / "source.xml"
    source.write_bytes(fichier(bordereau(7, PIECES, TOTAUX)))
    vide = Reduction(nomfic="N", jour=JOUR, bordereaux=(), pjs=frozenset())
    with pytest.raises(DocumentError, match="plus les bordereaux"):
        reduire(source, tmp_path / "vers.xml", vide)


@given(
    montants=st.lists(
        st.tuples(st.integers(1, 10**7), st.none() | st.integers(1, 10**6)), min_size=1, max_size=8
    ),
    choix=st.data(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_toute_coupe_est_fidele_et_juste(
    tmp_path: Path, montants: list[tuple[int, int | None]], choix: st.DataObject
) -> None:
    """Any choice of pièces: those that stay are unchanged, and the totals are theirs."""
    textes = [
        piece(n, f"{ht / 100:.2f}", None if tva is None else f"{tva / 100:.2f}")
        for n, (ht, tva) in enumerate(montants, 1)
    ]
    ht = sum(h for h, _ in montants)
    totaux = f'<NbrPce V="{len(textes)}"/><MtBordHT V="{ht / 100:.2f}"/><MtBordTVA V="1.00"/>'
    places = choix.draw(st.sets(st.integers(0, len(textes) - 1), min_size=1))
    octets = couper(tmp_path, fichier(bordereau(7, textes, totaux)), places)
    restent = [textes[place] for place in sorted(places)]
    assert re.findall(rb"<Piece>.*?</Piece>", octets) == [t.encode("latin-1") for t in restent]
    (b,) = lire(tmp_path / "vers.xml").bordereaux
    examen = examiner(tmp_path / "vers.xml", schemas=charger())
    assert not TOTALISENT & {a.regle for a in examen.anomalies}
    # The same rules do find what is wrong in a file that keeps its old totals.
    faux = tmp_path / "faux.xml"
    faux.write_bytes(re.sub(rb'NbrPce V="\d+"', b'NbrPce V="99"', octets))
    assert TOTALISENT & {a.regle for a in examiner(faux, schemas=charger()).anomalies}
    assert sum(montants[place][0] for place in places) == b.montant_ht * 100
