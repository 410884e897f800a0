"""Invoices go with their titre, contracts by their own line of the acquit; nothing goes twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.pes_check import domaines as d
from tests.unit.pes_check import fabrique as f
from tests.unit.reemission.atelier import Atelier, refuse
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.simulators.acquits import Element, Faute

M1, M2 = "2026TRAVAUX01", "2026TRAVAUX02"
FICHIER = Element(
    domaine=99, accepte=False, fautes=(Faute(code="ERREUR_CODIQUE", libelle="codique inconnu"),)
)


def titres(*numeros: int, bordereau: int = 12, **c: str) -> str:
    pieces = [f.piece(recette=True, IdPce=str(n)) for n in numeros]
    return f.bordereau(
        *pieces, recette=True, IdBord=str(bordereau), MtBordHt=f"{100 * len(numeros)}.00", **c
    )


def asap(*factures: str, type_: str = "09", fin: str = "") -> str:
    bloc = d.bloc_facture(*factures, type_=type_)
    return bloc.replace("</PES_Facture>", f"{fin}</PES_Facture>")


def invoices(octets: bytes) -> list[bytes]:
    return re.findall(rb"<FactureIndiv>.*?</FactureIndiv>", octets, re.DOTALL)


F87, F88, F89 = (d.facture(f"F-{n}", titre=n) for n in (87, 88, 89))
DEUX_TITRES = f.pes(f.domaine(titres(87, 88), recette=True), asap(F87, F88))


# -- invoices of PES_Facture -------------------------------------------------------------------


def test_la_facture_d_un_titre_ote_part_avec_lui(tmp_path: Path) -> None:
    refait = Atelier(tmp_path, DEUX_TITRES).refaire("87")
    assert refait.bloquantes == []
    assert invoices(refait.octets) == [F88.strip().encode("latin-1")]
    assert refait.annexes.otees == ("facture F-87 (son titre ne repart pas)",)
    # What stands around the invoices, keys included, is what it was.
    assert refait.octets.count(b"<Nomenclatures/>") == 1
    assert refait.octets.count(b"TalonOptique2Lignes>") == 2


def test_plus_de_facture_plus_de_bloc(tmp_path: Path) -> None:
    octets = f.pes(f.domaine(titres(87, 88), recette=True), asap(F87))
    refait = Atelier(tmp_path, octets).refaire("87")
    assert refait.bloquantes == []
    assert b"PES_Facture" not in refait.octets
    assert [p.numero for b in refait.document.bordereaux for p in b.pieces] == [88]


def test_la_facture_d_un_bordereau_accepte_ne_repart_pas(tmp_path: Path) -> None:
    octets = f.pes(
        f.domaine(titres(87), titres(88, 89, bordereau=13), recette=True),
        asap(*(
            un.replace('NumBordereau V="12"', 'NumBordereau V="13"') if un is not F87 else un
            for un in (F87, F88, F89)
        )),
    )  # fmt: skip
    atelier = Atelier(tmp_path, octets, accepte={12: True, 13: False})
    atelier.acquitter(refuse(12, domaine=6, accepte=True), refuse(13, 88, domaine=6))
    refait = atelier.refaire("88")
    assert [re.findall(rb"F-\d+", un) for un in invoices(refait.octets)] == [[b"F-89"]]
    assert refait.bloquantes == []


def test_des_factures_acceptees_ne_partent_pas_deux_fois(tmp_path: Path) -> None:
    atelier = Atelier(tmp_path, DEUX_TITRES, accepte={12: False})
    atelier.acquitter(refuse(12, 87, domaine=6), Element(domaine=12, accepte=True))
    refait = atelier.refaire("87")
    assert b"PES_Facture" not in refait.octets
    assert all("deux fois" in otee for otee in refait.annexes.otees)


def test_des_factures_refusees_repartent_et_c_est_dit(tmp_path: Path) -> None:
    atelier = Atelier(tmp_path, DEUX_TITRES, accepte={12: False})
    faute = Faute(code="ERREUR_AUTRE", libelle="tiers 25 absent")
    atelier.acquitter(
        refuse(12, 87, domaine=6), Element(domaine=12, accepte=False, fautes=(faute,))
    )
    refait = atelier.refaire("87")
    assert len(invoices(refait.octets)) == 1
    (avis,) = refait.annexes.anomalies
    assert (avis.regle, avis.bloquante) == ("registre.facture.refusee", False)
    assert "tiers 25 absent" in avis.message


def test_une_facture_sans_titre_d_ici(tmp_path: Path) -> None:
    """Nobody knows whether it must leave again, unless nothing at all was taken in."""
    octets = f.pes(f.domaine(titres(87, 88), recette=True), asap(F87, d.facture("F-9", titre=900)))
    atelier = Atelier(tmp_path, octets, accepte={12: False})
    atelier.acquitter(
        refuse(12, 87, domaine=6), Element(domaine=4, accepte=True, id_unique="PJ0001")
    )
    with pytest.raises(UsageError, match=r"facture F-9 : aucun titre de ce flux"):
        atelier.refaire("87")
    atelier.acquitter(FICHIER)
    refait = atelier.refaire("87")
    assert [re.findall(rb"F-\d+", un) for un in invoices(refait.octets)] == [[b"F-9"]]


def test_un_total_que_personne_ne_sait_refaire(tmp_path: Path) -> None:
    fin = (
        "<RepartitionParNature><Repartition><Libelle V='Repas'/><Code V='1'/><Mt V='200'/>"
        "</Repartition></RepartitionParNature>"
    )
    octets = f.pes(f.domaine(titres(87, 88), recette=True), asap(F87, F88, fin=fin))
    with pytest.raises(DocumentError, match="RepartitionParNature"):
        Atelier(tmp_path, octets).refaire("87")
    assert not (tmp_path / "refait.xml").exists()
    # Where every invoice stays, or goes, the total holds, or goes.
    assert Atelier(tmp_path, octets).refaire().octets.count(b"RepartitionParNature>") == 2


def test_le_nouveau_numero_suit_dans_la_facture(tmp_path: Path) -> None:
    nues = [re.sub("<Talon.*?</TalonOptique2Lignes>", "", un) for un in (F87, F88)]
    octets = f.pes(f.domaine(titres(87, 88), recette=True), asap(*nues))
    refait = Atelier(tmp_path, octets).refaire("87", ecart=30)
    assert refait.bloquantes == []
    (facture,) = invoices(refait.octets)
    assert b'<NumBordereau V="42"/><NumTitre V="88"/>' in facture
    assert facture.replace(b'"42"', b'"12"') == nues[1].strip().encode("latin-1")


def test_une_ligne_optique_ne_se_refait_pas(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"facture F-88.*numerotation meme"):
        Atelier(tmp_path, DEUX_TITRES).refaire("87", ecart=30)
    assert not (tmp_path / "refait.xml").exists()


def test_l_article_d_un_role(tmp_path: Path) -> None:
    """RefORMC names the rôle and the article; the keys of what stays are left as they were."""
    articles = [
        f.piece(
            recette=True,
            IdPce=str(n),
            TypPce="15",
            DteAsp="2026-11-21",
            Edition="04",
            NumDette=f"26000000000{n:04d}",
            suite={"Per": "1", "Cle1": "5", "Cle2": "A"},
        )
        for n in (1, 2)
    ]
    role = f.bordereau(
        *articles,
        recette=True,
        TypBord="06",
        DteAsp="2026-11-21",
        Objet="Eau",
        MtBordHt="200.00",
    )
    factures = [
        re.sub(
            "<RefTitre>.*?</RefTitre>",
            f'<RefORMC><Exercice V="2026"/><NumRole V="12"/><NumArticle V="{n}"/>'
            f'<NumDette V="26000000000{n:04d}"/><Per V="1"/><CodProdLoc V="CA"/></RefORMC>',
            d.facture(f"F-{n}"),
        )
        for n in (1, 2)
    ]
    octets = f.pes(
        f.domaine(role, recette=True),
        asap(*factures, type_="11"),
        enveloppe={"TypFic": "PESORMC"},
    )
    atelier = Atelier(tmp_path, octets)
    refait = atelier.refaire("1")
    assert refait.bloquantes == []
    assert re.findall(rb'NumArticle V="(\d)"', refait.octets) == [b"2"]
    (bordereau,) = refait.document.bordereaux
    assert ([p.numero for p in bordereau.pieces], str(bordereau.montant_ht)) == ([2], "100.00")
    assert articles[1].encode("latin-1") in refait.octets
    assert b'<Cle1 V="5"/><Cle2 V="A"/>' in refait.octets
    with pytest.raises(UsageError, match="ligne optique"):
        atelier.refaire("1", ecart=1)


# -- contracts of PES_Marche -------------------------------------------------------------------


def marches(tmp_path: Path, *, concessions: str = "") -> Atelier:
    bloc = d.bloc_marche(d.marche(M1), d.marche(M2), concessions=concessions)
    mandats = f.bordereau(*(f.piece(IdPce=str(n)) for n in (411, 412)), MtBordHT="200.00")
    octets = f.pes(f.domaine(mandats), bloc)
    return Atelier(tmp_path, octets, accepte={12: False})


def contrats(octets: bytes) -> list[bytes]:
    return re.findall(rb'<IdContrat V="([^"]+)"', octets)


def test_accepte_il_ne_repart_pas_refuse_il_n_est_pas_repris(tmp_path: Path) -> None:
    atelier = marches(tmp_path)
    atelier.acquitter(refuse(12, 411), marches={f"{M1}-001": True, f"{M2}-001": "SIRET inconnu"})
    refait = atelier.refaire("411")
    assert refait.bloquantes == []
    assert b"PES_Marche" not in refait.octets
    assert refait.annexes.otees == (
        f"marché {M1} (accepté, il ne part pas deux fois)",
        f"marché {M2} (refusé par l'acquit)",
    )
    (avis,) = refait.annexes.anomalies
    assert (avis.regle, avis.bloquante) == ("registre.marche.refuse", False)
    assert "SIRET inconnu" in avis.message
    # Whoever knows that nothing is wrong with it sends it again, never what was accepted.
    refait = atelier.refaire("411", marches="avec")
    assert contrats(refait.octets) == [M2.encode()]
    assert d.marche(M2).strip().encode("latin-1") in refait.octets
    assert contrats(atelier.refaire("411", choisi=True).octets) == [M2.encode()]
    assert contrats(atelier.refaire("411", marches="sans").octets) == []


def test_le_bloc_refuse_repart_entier(tmp_path: Path) -> None:
    """The acquit refuses the block without naming a contract, nor a reason of its own."""
    atelier = marches(tmp_path, concessions=d.concession())
    atelier.acquitter(refuse(12, 411), marches={"": False})
    refait = atelier.refaire("411")
    assert refait.bloquantes == []
    assert contrats(refait.octets) == [M1.encode(), M2.encode(), b"2026EAU01"]
    bloc = re.compile(rb"<PES_Marche>.*</PES_Marche>", re.DOTALL)
    assert bloc.findall(refait.octets) == bloc.findall(atelier.octets)


def test_une_liste_vide_disparait(tmp_path: Path) -> None:
    atelier = marches(tmp_path, concessions=d.concession())
    atelier.acquitter(
        refuse(12, 411),
        marches={f"{M1}-001": True, f"{M2}-001": True, "2026EAU01-001": False},
    )
    refait = atelier.refaire("411")
    assert refait.bloquantes == []
    assert contrats(refait.octets) == [b"2026EAU01"]
    assert b"<Marches>" not in refait.octets


@pytest.mark.parametrize("voulu", ["avec", "sans"])
def test_l_acquit_se_tait_une_personne_tranche(tmp_path: Path, voulu: str) -> None:
    atelier = marches(tmp_path)
    atelier.acquitter(refuse(12, 411), marches={f"{M1}-001": True, f"{M2}-002": True})
    with pytest.raises(UsageError, match=rf"rien de : marché {M2} ;.*--marches sans"):
        atelier.refaire("411")
    refait = atelier.refaire("411", marches="avec" if voulu == "avec" else "sans")
    assert contrats(refait.octets) == ([M2.encode()] if voulu == "avec" else [])
    assert refait.bloquantes == []


def test_rien_n_a_ete_pris_tout_repart(tmp_path: Path) -> None:
    atelier = marches(tmp_path)
    atelier.acquitter(FICHIER)
    assert len(contrats(atelier.refaire("411").octets)) == 2


def test_tout_a_ete_accepte_rien_ne_repart(tmp_path: Path) -> None:
    """Rejected by the accountant afterwards: the contracts are with the partner."""
    atelier = marches(tmp_path)
    atelier.accepte = {12: True}
    atelier.acquitter(refuse(12, accepte=True))
    assert contrats(atelier.refaire("411").octets) == []


# -- PJ and their links ------------------------------------------------------------------------


def pj(nom: str, *cibles: str) -> str:
    return f.pj(IdUnique=nom, refs="".join(cibles))


def test_un_lien_vers_ce_qui_est_rejete_tombe(tmp_path: Path) -> None:
    vers = [f.ref_compta(Identifiant=str(n)) for n in (411, 412, 999)]
    marche = f.ref_compta(Domaine="06", TypeObjet="01", Identifiant=M2)
    mandats = f.bordereau(*(f.piece(IdPce=str(n)) for n in (411, 412)), MtBordHT="200.00")
    octets = f.pes(
        f.domaine(mandats),
        d.bloc_marche(d.marche(M1), d.marche(M2)),
        f.pes_pj(pj("SHARED", *vers, marche), pj("GONE", vers[0]), pj("KEPT", vers[1])),
    )
    atelier = Atelier(tmp_path, octets, accepte={12: False})
    atelier.acquitter(refuse(12, 411), marches={f"{M1}-001": True, f"{M2}-001": "refusé"})
    refait = atelier.refaire("411")
    assert [un.id_unique for un in refait.document.pieces_justificatives] == ["SHARED", "KEPT"]
    partagee = refait.document.pieces_justificatives[0]
    assert [r.identifiant for r in partagee.references] == ["412", "999"]
    assert pj("SHARED", *vers[1:]).encode() in refait.octets


def test_la_pj_partagee_reste_avec_le_second_mandat(tmp_path: Path) -> None:
    """Accord local 1.3 (NC-04): it came with the first mandat that uses it, which goes."""
    mandats = [f.piece(IdPce=str(n), refs=f.pj_ref("SHARED")) for n in (411, 412)]
    octets = f.pes(f.domaine(f.bordereau(*mandats, MtBordHT="200.00")), f.pes_pj(pj("SHARED")))
    refait = Atelier(tmp_path, octets).refaire("411")
    assert refait.bloquantes == []
    assert pj("SHARED").encode() in refait.octets
    # Once accepted it is only referenced.
    refait = Atelier(tmp_path, octets, connues=frozenset({"SHARED"})).refaire("411")
    assert refait.document.pieces_justificatives == ()
    assert len(list(refait.document.bordereaux[0].pj_refs)) == 1


def test_la_pj_d_un_role_se_lie_au_role(tmp_path: Path) -> None:
    """RefCompta of an ORMC names the rôle: it stays as long as an article does."""
    articles = [f.piece(recette=True, IdPce=str(n), TypPce="15") for n in (1, 2)]
    role = f.bordereau(*articles, recette=True, TypBord="06", MtBordHt="200.00")
    lien = f.ref_compta(Domaine="02", TypeObjet="06", Identifiant="12")
    autre = titres(87, bordereau=13)
    octets = f.pes(f.domaine(role, autre, recette=True), f.pes_pj(pj("ROLE", lien)))
    atelier = Atelier(tmp_path, octets)
    assert len(atelier.refaire("12/1").document.pieces_justificatives) == 1
    assert atelier.refaire("12/1", "12/2").document.pieces_justificatives == ()
    with pytest.raises(UsageError, match="PJ ROLE : elle nomme le bordereau"):
        atelier.refaire("12/1", ecart=1)


def test_les_factures_d_une_pj_nomment_leur_bordereau(tmp_path: Path) -> None:
    """RefTitre of a PES_Facture in a PJ 006: another number would make it false."""
    pieces = [
        f.piece(recette=True, IdPce=str(n), refs=f.pj_ref(nom, type_=type_))
        for n, nom, type_ in ((87, "FACTURES", "006"), (88, "AUTRE", "002"))
    ]
    role = f.bordereau(*pieces, recette=True, MtBordHt="200.00")
    atelier = Atelier(tmp_path, f.pes(f.domaine(role, recette=True)))
    with pytest.raises(UsageError, match=r"PJ FACTURES : .*numerotation meme"):
        atelier.refaire("88", ecart=1)
    assert [b.numero for b in atelier.refaire("87", ecart=1).document.bordereaux] == [13]


def test_la_pj_d_un_contrat_part_et_reste_avec_lui(tmp_path: Path) -> None:
    refs = (
        '<PJRefs><PJRef><Support V="01"/><IdUnique V="ACTE"/><TypePJ V="009"/>'
        '<NomPJ V="acte.pdf"/></PJRef></PJRefs>'
    )
    octets = f.pes(
        f.domaine(f.bordereau(*(f.piece(IdPce=str(n)) for n in (411, 412)), MtBordHT="200.00")),
        d.bloc_marche(d.marche(M1, refs=refs)),
        f.pes_pj(f.pj(IdUnique="ACTE", TypePJ="009")),
    )
    atelier = Atelier(tmp_path, octets, accepte={12: False}, etats={"ACTE": "refusee"})
    atelier.acquitter(refuse(12, 411), marches={f"{M1}-001": False})
    refait = atelier.refaire("411")
    assert len(refait.document.pieces_justificatives) == 1
    assert "repart telle quelle" in refait.pjs.anomalies[0].message
    atelier.acquitter(refuse(12, 411), marches={f"{M1}-001": True})
    refait = atelier.refaire("411")
    assert refait.document.pieces_justificatives == ()
    assert "n'est pas reprise" in refait.pjs.anomalies[0].message
