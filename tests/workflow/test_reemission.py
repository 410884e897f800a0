"""A refused bordereau is made again without what was wrong with it, and is accepted."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.workflow.chaine import JOUR, Chaine, chaine
from vaguemestre.domain.flux import Etat, EtatChange
from vaguemestre.errors import UsageError
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.read import cartographier, lire
from vaguemestre.ports import Done
from vaguemestre.simulators.exemples import depot_titres
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.maison import DepotPris
from vaguemestre.workflows.reemission import Demande, Reemise, reemettre
from vaguemestre.workflows.suivi import suivre

MOTIF = Demande(motif="mandat 1021 rejeté", auteur="A. Vérin")


def refaire(ligne: Chaine, flux: str, *exclure: str, numerotation: str = "meme") -> Reemise:
    demande = Demande(
        motif=MOTIF.motif,
        auteur=MOTIF.auteur,
        exclure=exclure or None,
        numerotation="nouveau" if numerotation == "nouveau" else "meme",
    )
    return reemettre(ligne.maison, flux, demande)


def refuse_en_partie(ligne: Chaine) -> str:
    """Bordereau 101 accepted, 102 refused for its mandat 1021; every PJ accepted."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 2, 102: 3})
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, fautes={102: (1021,)}))
    assert ligne.etat(flux) is Etat.PARTIEL
    return flux


def pieces_de(chemin: Path) -> dict[int, bytes]:
    """IdPce to the exact bytes of its Piece."""
    trouvees: dict[int, bytes] = {}
    document = lire(chemin)
    octets = chemin.read_bytes()
    position = 0
    for bordereau in document.bordereaux:
        for piece in bordereau.pieces:
            debut = octets.index(b"<Piece>", position)
            position = octets.index(b"</Piece>", debut) + len(b"</Piece>")
            trouvees[piece.numero] = octets[debut:position]
    return trouvees


def test_partiel_refait_puis_accepte(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    avant = pieces_de(ligne.envoye(flux))
    reemise = refaire(ligne, flux)
    assert reemise.exclues == ("depense/102/1021",)
    # The number is used again: said, never blocking.
    assert "registre.bordereau.refuse" in {a.regle for a in reemise.anomalies}
    assert all(not a.fichier for a in reemise.anomalies)
    assert ligne.etat(flux) is Etat.REMPLACE
    assert f"remplacé par {reemise.flux}" in ligne.flux(flux).motif
    ligne.envoyer(reemise.flux)
    envoye = ligne.envoye(reemise.flux)
    document = lire(envoye)
    (bordereau,) = document.bordereaux
    assert (bordereau.numero, [p.numero for p in bordereau.pieces]) == (102, [1020, 1022])
    # What stays is unchanged, to the byte.
    assert pieces_de(envoye) == {n: avant[n] for n in (1020, 1022)}
    octets = envoye.read_bytes()
    assert b'<NbrPce V="2"/>' in octets
    assert f'<MtBordHT V="{bordereau.montant_ht}"/>'.encode() in octets
    # The PJ were accepted: referenced, not repeated.
    assert document.pieces_justificatives == ()
    assert b"<PES_PJ>" not in octets
    assert len(tuple(bordereau.pj_refs)) == 2
    assert document.enveloppe.nom_fichier == ligne.flux(reemise.flux).nomfic
    assert ligne.flux(reemise.flux).nomfic != ligne.flux(flux).nomfic
    # Signed anew, it settles by its own acquit.
    assert octets.count(b"<ds:Signature ") == 1
    ligne.repondre(reemise.flux, ligne.acquit(reemise.flux))
    assert ligne.etat(reemise.flux) is Etat.ARCHIVE
    lien = ligne.maison.registre.remplacant(flux)
    assert lien is not None
    assert (lien.nouveau, lien.motif) == (reemise.flux, MOTIF.motif)
    assert ligne.maison.registre.remplace(reemise.flux) == lien


def test_les_totaux_de_l_annee(ligne: Chaine) -> None:
    """MtCumulAnnuel: what was accepted, what came in between, and what is made again."""
    flux = refuse_en_partie(ligne)
    (suite,) = ligne.deposer("suite", 103)
    reemise = refaire(ligne, flux)
    bordereaux = {
        b.numero: b
        for un in (flux, suite, reemise.flux)
        for b in ligne.maison.registre.bordereaux(un)
        if b.vivant
    }
    assert sorted(bordereaux) == [101, 102, 103]
    total = sum((b.montant_ht + b.montant_tva for b in bordereaux.values()), Decimal(0))
    assert bordereaux[102].cumul == total
    ligne.envoyer(reemise.flux)
    (envoye,) = lire(ligne.envoye(reemise.flux)).bordereaux
    assert envoye.cumul_annuel == total
    assert not [a for a in reemise.anomalies if a.regle == "registre.cumul.suite"]


def test_un_cumul_deja_promis_ne_tient_plus(ligne: Chaine) -> None:
    (flux,) = ligne.deposer_plusieurs("mandats", {102: 3})
    (suite,) = ligne.deposer("suite", 103)
    (partie,) = ligne.deposer("partie", 104)
    ligne.envoyer(flux)
    ligne.envoyer(partie)
    ligne.repondre(flux, ligne.acquit(flux, fautes={102: (1021,)}))
    reemise = refaire(ligne, flux)
    dites = [a for a in reemise.anomalies if a.regle == "registre.cumul.suite"]
    assert [a.ref for a in dites] == ["bordereau 104", "bordereau 103"]
    assert "déjà parti" in dites[0].message
    assert f"flux cancel {suite}" in dites[1].conseil
    assert not any(a.bloquante for a in dites)


def test_refuse_en_entier_puis_refait(ligne: Chaine) -> None:
    """Everything refused, PJ included: they leave again with the pièces that need them."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2})
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, fautes={101: (1010,), 102: (1021,)}, pj=False))
    assert ligne.etat(flux) is Etat.REFUSE
    reemise = refaire(ligne, flux)
    ligne.envoyer(reemise.flux)
    document = lire(ligne.envoye(reemise.flux))
    # Bordereau 101 had one mandat: it is dropped, and so are the PJ of what was left out.
    assert [(b.numero, len(b.pieces)) for b in document.bordereaux] == [(102, 1)]
    assert len(document.pieces_justificatives) == 1
    (ref,) = document.bordereaux[0].pj_refs
    assert document.pieces_justificatives[0].id_unique == ref.id_unique
    ligne.repondre(reemise.flux, ligne.acquit(reemise.flux))
    assert ligne.etat(reemise.flux) is Etat.ARCHIVE


def test_deux_fois_c_est_une_fois(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    premiere = refaire(ligne, flux)
    seconde = refaire(ligne, flux, "1020")
    assert (seconde.flux, seconde.deja) == (premiere.flux, True)
    assert ligne.maison.registre.comptes()[Etat.REMPLACE] == 1


def test_une_reemission_annulee_laisse_refaire(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    premiere = refaire(ligne, flux)

    annule = EtatChange(flux=premiere.flux, etat=Etat.ANNULE, motif="essai")
    ligne.maison.journal.record(premiere.flux, "annuler", Done({}, (annule,)))
    seconde = refaire(ligne, flux)
    assert not seconde.deja
    assert ligne.etat(seconde.flux) is Etat.CONTROLE


def test_un_nouveau_numero(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    ligne.deposer("suite", 107)
    reemise = refaire(ligne, flux, numerotation="nouveau")
    ligne.envoyer(reemise.flux)
    (bordereau,) = lire(ligne.envoye(reemise.flux)).bordereaux
    assert bordereau.numero == 108
    numeros = {"registre.bordereau.repris", "registre.bordereau.refuse"}
    assert not [a for a in reemise.anomalies if a.regle in numeros]


def test_archive_et_rejete_au_visa(ligne: Chaine) -> None:
    """Accepted, then rejected by the accountant: the new flux stands for that bordereau alone."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2})
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux))
    assert ligne.etat(flux) is Etat.ARCHIVE
    with pytest.raises(UsageError, match="--exclude"):
        refaire(ligne, flux)
    reemise = refaire(ligne, flux, "102/1021")
    vivants = {
        (b.flux, b.numero)
        for un in (flux, reemise.flux)
        for b in ligne.maison.registre.bordereaux(un)
        if b.vivant
    }
    assert vivants == {(flux, 101), (reemise.flux, 102)}
    ligne.envoyer(reemise.flux)
    assert ligne.etat(reemise.flux) is Etat.EXPEDIE
    (avis,) = [a for a in reemise.anomalies if a.regle == "registre.bordereau.repris"]
    assert "doublon" in avis.message


def test_le_jumeau_suit(ligne: Chaine) -> None:
    """PES and INDIGO together (accord local 1.3)."""
    (flux,) = ligne.deposer("mandats", 301, "lagon", pieces=3)
    ligne.envoyer(flux)
    assert ligne.flux(flux).membres == 2
    ligne.repondre(flux, ligne.acquit(flux, fautes={301: (3011,)}))
    reemise = refaire(ligne, flux)
    ligne.envoyer(reemise.flux)
    vu = ligne.flux(reemise.flux)
    assert (vu.etat, vu.membres, vu.recus) == (Etat.EXPEDIE, 2, 2)
    noms = [m.nom for m in ligne.maison.registre.membres(reemise.flux)]
    anciens = [m.nom for m in ligne.maison.registre.membres(flux)]
    assert not set(noms) & set(anciens)


@pytest.mark.parametrize(
    ("exclure", "raison"),
    [
        (("999",), "aucune pièce « 999 »"),
        (("1020", "1021", "1022"), "il ne resterait rien"),
        (("7/1020",), "aucune pièce"),
    ],
)
def test_demandes_impossibles(ligne: Chaine, exclure: tuple[str, ...], raison: str) -> None:
    flux = refuse_en_partie(ligne)
    with pytest.raises(UsageError, match=raison):
        refaire(ligne, flux, *exclure)
    assert ligne.etat(flux) is Etat.PARTIEL


def test_pas_encore_regle(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    with pytest.raises(UsageError, match="flux cancel"):
        refaire(ligne, flux, "1010")
    ligne.envoyer(flux)
    with pytest.raises(UsageError, match="attend son acquit"):
        refaire(ligne, flux, "1010")
    with pytest.raises(UsageError, match="inconnu"):
        refaire(ligne, "F99999999")


def test_tout_renvoyer_tel_quel(ligne: Chaine) -> None:
    """A fault of the Guichet itself: nothing is excluded, the same bordereaux leave again."""
    (flux,) = ligne.deposer("mandats", 101, pieces=2)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, accepte=False, pj=False))
    reemise = refaire(ligne, flux, "aucune")
    ligne.envoyer(reemise.flux)
    avant, apres = ligne.envoye(flux), ligne.envoye(reemise.flux)
    assert pieces_de(apres) == pieces_de(avant)
    with projeter(avant) as octets:
        assert len(cartographier(octets).pjs) == 2


def test_le_suivi_explique(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    suivi = suivre(ligne.maison, flux)
    verdicts = {p.piece: p.acquit for p in suivi.pieces}
    assert verdicts == {
        1010: "accepte",
        1011: "accepte",
        1020: "refuse_avec_son_bordereau",
        1021: "refuse",
        1022: "refuse_avec_son_bordereau",
    }
    (erreur,) = next(p for p in suivi.pieces if p.piece == 1021).erreurs
    assert (erreur.code, erreur.libelle) == ("ERREUR_AUTRE", "1963 - Domiciliation erronée")


def test_le_journal_porte_le_motif_et_l_auteur(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    reemise = refaire(ligne, flux)
    (etape,) = [e for e in ligne.maison.registre.historique(flux) if e.run == reemise.depot]
    dite = etape.resultat["reemission"]
    assert isinstance(dite, dict)
    assert dite["motif"] == MOTIF.motif
    assert dite["auteur"] == MOTIF.auteur
    assert dite["exclues"] == ["depense/102/1021"]
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_un_fichier_tout_fait_et_deja_signe(ligne: Chaine, tmp_path: Path) -> None:
    """Another editor's file: its signature no longer holds, ours stands in its place."""
    (tmp_path / "editeur").mkdir()
    with chaine(tmp_path / "editeur") as editeur:
        (chez_lui,) = editeur.deposer("mandats", 105, pieces=2)
        editeur.envoyer(chez_lui)
        signe = editeur.envoye(chez_lui).read_bytes()
    en_cours = ligne.dossier / "echanges" / "valombre" / "en-cours" / "D00000077"
    en_cours.mkdir(parents=True)
    (en_cours / "editeur.xml").write_bytes(signe)
    pris = DepotPris(
        identifiant="D00000077",
        nom="editeur.xml",
        collectivite="valombre",
        genre="fichier",
        dossier=en_cours,
    )
    (flux,) = traiter_depot(ligne.maison.run("D00000077"), ligne.maison, pris)
    ligne.envoyer(flux)
    assert ligne.envoye(flux).read_bytes() == signe
    ligne.repondre(flux, ligne.acquit(flux, fautes={105: (1051,)}))
    reemise = refaire(ligne, flux)
    ligne.envoyer(reemise.flux)
    assert ligne.etat(reemise.flux) is Etat.EXPEDIE
    refait = ligne.envoye(reemise.flux).read_bytes()
    assert refait.count(b"<ds:Signature ") == 1
    assert pieces_de(ligne.envoye(reemise.flux)) == {1050: pieces_de(ligne.envoye(flux))[1050]}
    valeur = re.compile(rb"SignatureValue[^>]*>([^<]+)<")
    assert valeur.findall(refait) != valeur.findall(signe)


def test_le_rapport_du_depot_le_dit(ligne: Chaine) -> None:
    flux = refuse_en_partie(ligne)
    reemise = refaire(ligne, flux)
    (rapport,) = (ligne.dossier / "echanges").rglob("rapport.json")
    assert f"remplacé par {reemise.flux}" in rapport.read_text("utf-8")


def test_des_titres(ligne: Chaine) -> None:
    en_cours = ligne.dossier / "echanges" / "valombre" / "en-cours" / "D00000088"
    depot_titres(
        en_cours / "titres",
        bordereau=201,
        premier=2010,
        nombre=3,
        date=f"{JOUR:%d/%m/%Y}",
        exercice=JOUR.year,
    )
    pris = DepotPris(
        identifiant="D00000088",
        nom="titres",
        collectivite="valombre",
        genre="dossier",
        dossier=en_cours,
    )
    (flux,) = traiter_depot(ligne.maison.run("D00000088"), ligne.maison, pris)
    ligne.envoyer(flux)
    avant = pieces_de(ligne.envoye(flux))
    ligne.repondre(flux, ligne.acquit(flux, fautes={201: (2011, 2012)}))
    reemise = refaire(ligne, flux)
    assert reemise.exclues == ("recette/201/2011", "recette/201/2012")
    ligne.envoyer(reemise.flux)
    envoye = ligne.envoye(reemise.flux)
    assert pieces_de(envoye) == {2010: avant[2010]}
    (bordereau,) = lire(envoye).bordereaux
    assert f'<MtBordHt V="{bordereau.montant_ht}"/>'.encode() in envoye.read_bytes()
    ligne.repondre(reemise.flux, ligne.acquit(reemise.flux))
    assert ligne.etat(reemise.flux) is Etat.ARCHIVE


def test_la_personne_signe_l_entree_du_journal(ligne: Chaine) -> None:
    """The log entry is in the name of whoever asked, by a pseudonym."""
    flux = refuse_en_partie(ligne)
    maison = replace(ligne.maison, journal=ligne.ouvertes.journal.au_nom_de("personne-essai"))
    reemise = reemettre(maison, flux, MOTIF)
    (etape,) = ligne.maison.registre.historique(reemise.depot)
    with ligne.maison.lecture() as lecture:
        ((_, feuille),) = lecture.feuilles(etape.seq, etape.seq + 1)
    assert b"personne-essai" in feuille
    assert MOTIF.auteur.encode() not in feuille
