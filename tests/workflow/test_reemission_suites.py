"""Re-issue after re-issue, and what an acquit leaves unsaid: nothing twice, nothing lost."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.pes_check import domaines
from tests.workflow.chaine import JOUR, Chaine, chaine
from tests.workflow.test_reemission import MOTIF, pieces_de, refaire
from tests.workflow.test_retours import REJETEE, laisser, piece, un_retour
from vaguemestre.domain.flux import Etat, EtatChange
from vaguemestre.errors import UsageError
from vaguemestre.pes.read import lire
from vaguemestre.ports import Done
from vaguemestre.simulators.acquits import DEPENSE, PARAMETRAGE, Element, Faute, acquit
from vaguemestre.simulators.exemples import depot_mandats, depot_role
from vaguemestre.simulators.lecture import lire_flux
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.envoi import origine
from vaguemestre.workflows.maison import DepotPris
from vaguemestre.workflows.reemission import reemettre

FICHIER = Element(
    domaine=PARAMETRAGE,
    accepte=False,
    fautes=(Faute(code="ERREUR_CODIQUE", libelle="codique inconnu"),),
)


def repondre(ligne: Chaine, flux: str, *elements: Element) -> None:
    ligne.repondre(flux, acquit(lire_flux(ligne.envoye(flux)).entete, elements))


def juge(bordereau: int, *, accepte: bool, fautes: tuple[int, ...] = ()) -> Element:
    return Element(
        domaine=DEPENSE,
        accepte=accepte,
        bordereau=bordereau,
        exercice=JOUR.year,
        fautes=tuple(Faute(code="ERREUR_AUTRE", libelle="essai", piece=p) for p in fautes),
    )


def vivants(ligne: Chaine, *flux: str) -> dict[tuple[str, int], tuple[int, ...]]:
    return {
        (un, b.numero): b.pieces
        for un in flux
        for b in ligne.maison.registre.bordereaux(un)
        if b.vivant
    }


def annuler(ligne: Chaine, flux: str) -> None:
    annule = EtatChange(flux=flux, etat=Etat.ANNULE, motif="essai")
    ligne.maison.journal.record(flux, "annuler", Done({}, (annule,)))


def test_une_reemission_se_reemet(ligne: Chaine) -> None:
    """A, then B without 1021, then C without 1020: no pièce twice, the chain is known."""
    (a,) = ligne.deposer_plusieurs("mandats", {102: 3})
    ligne.envoyer(a)
    ligne.repondre(a, ligne.acquit(a, fautes={102: (1021,)}))
    b = refaire(ligne, a).flux
    ligne.envoyer(b)
    ligne.repondre(b, ligne.acquit(b, fautes={102: (1020,)}))
    assert (ligne.etat(a), ligne.etat(b)) == (Etat.REMPLACE, Etat.REFUSE)
    deja = refaire(ligne, a)
    assert (deja.flux, deja.deja, deja.etat) == (b, True, Etat.REFUSE)
    c = refaire(ligne, b).flux
    ligne.envoyer(c)
    assert pieces_de(ligne.envoye(c)).keys() == {1022}
    assert pieces_de(ligne.envoye(c))[1022] == pieces_de(ligne.envoye(a))[1022]
    assert vivants(ligne, a, b, c) == {(c, 102): (1022,)}
    # Whoever asks again, of any of them, is sent to the last.
    for ancien in (a, b):
        deja = refaire(ligne, ancien)
        assert (deja.flux, deja.deja, deja.etat) == (c, True, Etat.EXPEDIE)
    # Three files, three names.
    assert len({ligne.flux(un).nomfic for un in (a, b, c)}) == 3
    (bordereau,) = lire(ligne.envoye(c)).bordereaux
    assert bordereau.cumul_annuel == bordereau.montant_ht + bordereau.montant_tva


def test_le_dernier_annule_se_refait(ligne: Chaine) -> None:
    (a,) = ligne.deposer_plusieurs("mandats", {102: 3})
    ligne.envoyer(a)
    ligne.repondre(a, ligne.acquit(a, fautes={102: (1021,)}))
    b = refaire(ligne, a).flux
    ligne.envoyer(b)
    ligne.repondre(b, ligne.acquit(b, fautes={102: (1020,)}))
    annuler(ligne, refaire(ligne, b).flux)
    deja = refaire(ligne, a)
    assert (deja.flux, deja.deja) == (b, True)
    assert not refaire(ligne, b).deja


def test_un_bordereau_accepte_tout_rejete_au_visa(ligne: Chaine) -> None:
    """Nothing of 101 holds any more: it counts no longer, nor is it sent again."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2})
    (suite,) = ligne.deposer("suite", 103)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux))
    laisser(
        ligne,
        "r.xml",
        un_retour(
            piece(101, 1010, REJETEE, rejet="2026-03-01", motif="09"),
            piece(102, 1021, REJETEE, rejet="2026-03-01", motif="09"),
        ),
    )
    reemise = refaire(ligne, flux)
    assert reemise.exclues == ("depense/101/1010", "depense/102/1021")
    assert vivants(ligne, flux, suite, reemise.flux) == {
        (suite, 103): (1030,),
        (reemise.flux, 102): (1020,),
    }
    ligne.envoyer(reemise.flux)
    total = sum(
        (
            b.montant_ht + b.montant_tva
            for un in (suite, reemise.flux)
            for b in ligne.maison.registre.bordereaux(un)
        ),
        Decimal(0),
    )
    (bordereau,) = lire(ligne.envoye(reemise.flux)).bordereaux
    assert bordereau.cumul_annuel == total
    assert "bordereau 103" in {
        a.ref for a in reemise.anomalies if a.regle == "registre.cumul.suite"
    }


def test_rendu_quand_la_reemission_est_annulee(ligne: Chaine) -> None:
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2})
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux))
    reemise = refaire(ligne, flux, "1010", "1021")
    annuler(ligne, reemise.flux)
    assert vivants(ligne, flux, reemise.flux) == {(flux, 101): (1010,), (flux, 102): (1020, 1021)}
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_le_fichier_entier_est_refuse(ligne: Chaine) -> None:
    """Nothing was taken in: everything leaves again, PJ included, and why it failed is said."""
    (flux,) = ligne.deposer("mandats", 101, pieces=2)
    ligne.envoyer(flux)
    repondre(ligne, flux, FICHIER)
    assert ligne.etat(flux) is Etat.REFUSE
    reemise = refaire(ligne, flux)
    assert reemise.exclues == ()
    (avis,) = [a for a in reemise.anomalies if a.regle == "registre.flux.refuse"]
    assert "codique inconnu" in avis.message
    assert avis.conseil
    ligne.envoyer(reemise.flux)
    avant, apres = lire(ligne.envoye(flux)), lire(ligne.envoye(reemise.flux))
    assert apres.bordereaux == avant.bordereaux
    assert apres.pieces_justificatives == avant.pieces_justificatives


def test_l_acquit_ne_nomme_aucun_bordereau(ligne: Chaine) -> None:
    """A file accepted as a whole: its other bordereaux are with the partner, and go on counting."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2})
    ligne.envoyer(flux)
    repondre(ligne, flux, Element(domaine=0, accepte=True))
    assert ligne.etat(flux) is Etat.ARCHIVE
    reemise = refaire(ligne, flux, "1021")
    assert vivants(ligne, flux, reemise.flux) == {
        (flux, 101): (1010,),
        (reemise.flux, 102): (1020,),
    }
    ligne.envoyer(reemise.flux)
    assert ligne.etat(reemise.flux) is Etat.EXPEDIE, ligne.flux(reemise.flux).motif
    assert pieces_de(ligne.envoye(reemise.flux)).keys() == {1020}
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_l_acquit_se_tait_sur_un_bordereau(ligne: Chaine) -> None:
    """Nobody knows whether the partner has it: a person says, or nothing is done."""
    (flux,) = ligne.deposer_plusieurs("mandats", {101: 1, 102: 2, 103: 1})
    ligne.envoyer(flux)
    repondre(ligne, flux, juge(101, accepte=True), juge(102, accepte=False, fautes=(1021,)))
    with pytest.raises(UsageError, match=r"rien de : depense/103 .*--exclude"):
        refaire(ligne, flux)
    assert ligne.etat(flux) is Etat.PARTIEL
    reemise = refaire(ligne, flux, "1021")
    # Nor does it name the PJ: without them what leaves again would be refused.
    assert {"registre.bordereau.tu", "registre.pj.tue"} <= {a.regle for a in reemise.anomalies}
    ligne.envoyer(reemise.flux)
    assert pieces_de(ligne.envoye(reemise.flux)).keys() == {1020, 1030}


def test_des_marches_avec_le_flux(ligne: Chaine, tmp_path: Path) -> None:
    """Through the whole line: contract by contract as the acquit says, and in the journal."""
    (tmp_path / "editeur").mkdir()
    with chaine(tmp_path / "editeur") as editeur:
        (chez_lui,) = editeur.deposer("mandats", 105, pieces=2)
        sha256 = str(origine(editeur.maison, editeur.flux(chez_lui))["sha256"])
        octets = editeur.maison.coffre.chemin(sha256).read_bytes()
    bloc = domaines.bloc_marche(domaines.marche("2026A01"), domaines.marche("2026B01"))
    octets = octets.replace(b"<PES_PJ>", bloc.encode("latin-1") + b"<PES_PJ>")
    en_cours = ligne.dossier / "echanges" / "valombre" / "en-cours" / "D00000077"
    en_cours.mkdir(parents=True)
    (en_cours / "editeur.xml").write_bytes(octets)
    pris = DepotPris(
        identifiant="D00000077",
        nom="editeur.xml",
        collectivite="valombre",
        genre="fichier",
        dossier=en_cours,
    )
    (flux,) = traiter_depot(ligne.maison.run("D00000077"), ligne.maison, pris)
    ligne.envoyer(flux)
    marches = [Element(domaine=11, accepte=un, id_unique=f"M{int(un)}") for un in (True, False)]
    contenu = acquit(
        lire_flux(ligne.envoye(flux)).entete,
        [juge(105, accepte=False, fautes=(1051,)), *marches],
    )
    contenu = contenu.replace(b'<IdUnique V="M1"/>', b'<IdMarche V="2026A01-001"/>')
    # The second contract is not named: nobody knows.
    ligne.repondre(flux, contenu.replace(b'<IdUnique V="M0"/>', b'<IdMarche V="2026Z99-001"/>'))
    with pytest.raises(UsageError, match="rien de : marché 2026B01"):
        refaire(ligne, flux)
    reemise = reemettre(ligne.maison, flux, replace(MOTIF, marches="avec"))
    assert reemise.otees == ("marché 2026A01 (accepté, il ne part pas deux fois)",)
    ligne.envoyer(reemise.flux)
    refait = ligne.envoye(reemise.flux).read_bytes()
    assert domaines.marche("2026B01").encode("latin-1") in refait
    assert b"2026A01" not in refait
    (etape,) = [e for e in ligne.maison.registre.historique(flux) if e.run == reemise.depot]
    dite = etape.resultat["reemission"]
    assert isinstance(dite, dict)
    assert (dite["marches"], dite["otees"]) == ("avec", list(reemise.otees))


def test_pas_de_marche_a_trancher(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101, pieces=2)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, fautes={101: (1011,)}))
    with pytest.raises(UsageError, match="aucun marché"):
        reemettre(ligne.maison, flux, replace(MOTIF, marches="sans"))
    assert ligne.maison.registre.remplacant(flux) is None


def test_seule_une_pj_est_refusee(ligne: Chaine) -> None:
    """No mandat is sent again for it: the words say what to do instead."""
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, pj=False))
    assert ligne.etat(flux) is Etat.PARTIEL
    with pytest.raises(UsageError, match=r"bordereaux sont acceptés.*\(PJ \w+\).*redépose"):
        refaire(ligne, flux)


def en_depot(ligne: Chaine, preparer: Callable[[Path], object]) -> str:
    """A deposit that `preparer` makes in the folder it is given: its flux."""
    rang = ligne.maison.registre.reserver("depot")
    en_cours = ligne.dossier / "echanges" / "valombre" / "en-cours" / f"D{rang:08d}"
    preparer(en_cours / "lot")
    pris = DepotPris(
        identifiant=en_cours.name,
        nom="lot",
        collectivite="valombre",
        genre="dossier",
        dossier=en_cours,
    )
    (flux,) = traiter_depot(ligne.maison.run(en_cours.name), ligne.maison, pris)
    return flux


def test_un_role_sans_un_article(ligne: Chaine) -> None:
    """DomaineAck 7 judges a rôle; keys and debts of the articles that stay are left alone."""

    def role(dossier: Path) -> None:
        jour = f"{JOUR:%d/%m/%Y}"
        depot_role(dossier, bordereau=7, premier=1, nombre=3, date=jour, exercice=JOUR.year)

    flux = en_depot(ligne, role)
    ligne.envoyer(flux)
    avant = pieces_de(ligne.envoye(flux))
    faute = Faute(code="ERREUR_AUTRE", libelle="débiteur inconnu", piece=2)
    repondre(
        ligne,
        flux,
        Element(domaine=7, accepte=False, bordereau=7, exercice=JOUR.year, fautes=(faute,)),
    )
    reemise = refaire(ligne, flux)
    assert reemise.exclues == ("recette/7/2",)
    ligne.envoyer(reemise.flux)
    envoye = ligne.envoye(reemise.flux)
    assert pieces_de(envoye) == {n: avant[n] for n in (1, 3)}
    (bordereau,) = lire(envoye).bordereaux
    assert (bordereau.type, bordereau.numero) == ("06", 7)
    assert f'<MtBordHt V="{bordereau.montant_ht}"/>'.encode() in envoye.read_bytes()


def corrections(dossier: Path) -> None:
    """Mandats 1020 and 1021, each reduced by a mandat of a bordereau of type 02."""
    depot_mandats(
        dossier,
        bordereau=102,
        premier=1020,
        nombre=2,
        date=f"{JOUR:%d/%m/%Y}",
        exercice=JOUR.year,
    )
    with (dossier / "mandats.csv").open(encoding="cp1252", newline="") as fichier:
        rangees = list(csv.DictReader(fichier, delimiter=";"))
    for numero, rangee in zip((900, 901), list(rangees), strict=True):
        lien = {
            "rattachement_nature": "01",
            "rattachement_exercice": str(JOUR.year),
            "rattachement_piece": rangee["mandat"],
            "rattachement_ligne": "1",
        }
        types = {"type_bordereau": "02", "type_piece": "02", "nature_piece": "06"}
        rangees.append({**rangee, **types, **lien, "bordereau": "5", "mandat": str(numero)})
    colonnes = list(dict.fromkeys(nom for rangee in rangees for nom in rangee))
    with (dossier / "mandats.csv").open("w", encoding="cp1252", newline="") as fichier:
        ecrivain = csv.DictWriter(fichier, colonnes, delimiter=";", restval="")
        ecrivain.writeheader()
        ecrivain.writerows(rangees)


def test_la_reduction_suit_le_mandat_rejete(ligne: Chaine) -> None:
    flux = en_depot(ligne, corrections)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, fautes={102: (1020,), 5: ()}, pj=False))
    with pytest.raises(UsageError, match=r"ajouter depense/5/900 à --exclude"):
        refaire(ligne, flux, "1020")
    reemise = refaire(ligne, flux, "1020", "5/900")
    assert reemise.suivies == ()
    ligne.envoyer(reemise.flux)
    assert pieces_de(ligne.envoye(reemise.flux)).keys() == {1021, 901}


def test_la_reduction_suit_d_elle_meme(ligne: Chaine) -> None:
    """The acquit blames the mandat alone; its reduction, refused with it, has no object."""
    flux = en_depot(ligne, corrections)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux, fautes={102: (1020,), 5: (901,)}, pj=False))
    reemise = refaire(ligne, flux)
    assert reemise.suivies == ("depense/5/900 corrige depense/102/1020",)
    assert reemise.exclues == ("depense/102/1020", "depense/5/900", "depense/5/901")
    ligne.envoyer(reemise.flux)
    assert pieces_de(ligne.envoye(reemise.flux)).keys() == {1021}
