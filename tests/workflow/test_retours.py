"""A retour speaks of each mandat: to the right body, once, whatever comes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.workflow.chaine import JOUR, Chaine, chaine
from vaguemestre.domain.acquits import Acquit
from vaguemestre.domain.flux import Etat
from vaguemestre.errors import ExchangeInterruptedError, UsageError
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.ports import Colis
from vaguemestre.simulators.acquits import Entete
from vaguemestre.simulators.exemples import LAGON, VALOMBRE, siret
from vaguemestre.simulators.retours import (
    INSTANCE,
    PRISE_EN_CHARGE,
    REJETEE,
    SOLDEE,
    PieceRendue,
    retour,
)
from vaguemestre.store.vues import ReponseVue
from vaguemestre.workflows import reponses
from vaguemestre.workflows.rattachement import Rattachement, designer, rattacher
from vaguemestre.workflows.reemission import Demande, reemettre
from vaguemestre.workflows.releve import relever
from vaguemestre.workflows.suivi import suivre

ENTETE = Entete(
    nomfic="",
    typfic="PESRETOUR",
    sigle="HELIOS",
    adresse="",
    date="2026-03-02",
    id_post=VALOMBRE.poste,
    id_coll=VALOMBRE.siret,
    cod_col=VALOMBRE.code,
    cod_bud="00",
)


def piece(bordereau: int, numero: int, etat: str = PRISE_EN_CHARGE, **autres: str) -> PieceRendue:
    return PieceRendue(
        domaine="depense",
        exercice=JOUR.year,
        type="01",
        bordereau=bordereau,
        numero=numero,
        etat=etat,
        **autres,
    )


def un_retour(*pieces: PieceRendue, entete: Entete = ENTETE, nomfic: str = "RETOUR_1") -> bytes:
    return retour(entete, pieces, nomfic=nomfic, restitution="02")


def accepte(ligne: Chaine, bordereau: int = 101, pieces: int = 3) -> str:
    (flux,) = ligne.deposer("mandats", bordereau, pieces=pieces)
    ligne.envoyer(flux)
    ligne.repondre(flux, ligne.acquit(flux))
    assert ligne.etat(flux) is Etat.ARCHIVE
    return flux


def laisser(ligne: Chaine, nom: str, contenu: bytes) -> None:
    ligne.boite.retrait[nom] = contenu
    ligne.archiver(*ligne.relever())


def personne(accuse: str) -> None:
    """Nobody asked for a PES_ACQUIT_RETOUR."""
    raise AssertionError(accuse)


def a_voir(ligne: Chaine) -> list[ReponseVue]:
    return ligne.maison.registre.reponses_a_voir()


def test_chaque_mandat_a_sa_place(ligne: Chaine) -> None:
    flux = accepte(ligne)
    contenu = un_retour(
        piece(101, 1010, prise_en_charge="2026-03-01"),
        piece(101, 1011, REJETEE, rejet="2026-03-01", motif="09", commentaire="IBAN clos"),
        piece(101, 1012, INSTANCE, instance="2026-03-01", motif="01-04"),
        piece(999, 5, SOLDEE),
    )
    laisser(ligne, "retour.xml", contenu)
    suivi = {p.piece: p.retour for p in suivre(ligne.maison, flux).pieces}
    prise, rejetee, instance = suivi[1010], suivi[1011], suivi[1012]
    assert prise is not None
    assert prise.prise_en_charge_le == "2026-03-01"
    assert rejetee is not None
    assert (rejetee.etat, rejetee.rejetee_le) == ("rejetee", "2026-03-01")
    assert rejetee.motifs == ("09 - domiciliation bancaire absente ou erronée",)
    assert rejetee.commentaire == "IBAN clos"
    assert instance is not None
    assert len(instance.motifs) == 2
    assert a_voir(ligne) == []
    # A retour never changes the state of a flux, and its pièces are part of what can be replayed.
    assert ligne.etat(flux) is Etat.ARCHIVE
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_de_l_instance_au_paiement(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    laisser(ligne, "r1.xml", un_retour(piece(101, 1010, INSTANCE, instance="2026-03-01")))
    paye = piece(
        101, 1010, SOLDEE, prise_en_charge="2026-03-02", paye="23837.00", paye_le="2026-03-09"
    )
    laisser(ligne, "r2.xml", un_retour(paye, nomfic="RETOUR_2"))
    (suivie,) = suivre(ligne.maison, flux).pieces
    assert [r.etat for r in suivie.retours] == ["instance", "soldee"]
    assert suivie.retour is not None
    assert (suivie.retour.paye_le, str(suivie.retour.montant_paye)) == ("2026-03-09", "23837.00")


def test_la_memoire_sait_si_le_numero_peut_resservir(ligne: Chaine) -> None:
    flux = accepte(ligne)
    laisser(
        ligne,
        "retour.xml",
        un_retour(
            piece(101, 1010, prise_en_charge="2026-03-01"),
            piece(101, 1011, REJETEE, rejet="2026-03-02"),
        ),
    )
    collectivite = ligne.maison.collectivite("valombre")
    assert collectivite is not None
    memoire = ligne.maison.memoire(collectivite)
    cle = (VALOMBRE.code, "00", "depense", JOUR.year)
    prise, rejetee = memoire.piece_connue(*cle, 1010), memoire.piece_connue(*cle, 1011)
    assert prise is not None
    assert (prise.flux, prise.prise_en_charge_le) == (flux, "2026-03-01")
    assert rejetee is not None
    assert (rejetee.rejetee_le, rejetee.prise_en_charge_le) == ("2026-03-02", None)
    envoyee = memoire.piece_connue(*cle, 1012)
    assert envoyee is not None
    assert (envoyee.flux, envoyee.rejetee_le, envoyee.prise_en_charge_le) == (flux, None, None)
    assert memoire.piece_connue(*cle, 1013) is None
    sans = ligne.maison.memoire(collectivite, frozenset({flux}))
    assert sans.piece_connue(*cle, 1010) is None


@pytest.mark.parametrize(
    ("entete", "raison"),
    [
        (replace(ENTETE, id_coll=siret("98765432")), "aucune collectivité"),
        (replace(ENTETE, cod_col=LAGON.code), "est connu sous le code"),
        (replace(ENTETE, id_coll=""), "ne porte pas de SIRET"),
    ],
)
def test_sans_destinataire_certain(ligne: Chaine, entete: Entete, raison: str) -> None:
    flux = accepte(ligne, pieces=1)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010), entete=entete))
    (retenue,) = a_voir(ligne)
    assert (retenue.remarque, retenue.flux, retenue.collectivite) == ("ambigu", "", "")
    assert raison in retenue.motif
    assert suivre(ligne.maison, flux).pieces[0].retour is None
    # Given by hand to the body of a flux, it speaks to its pièces.
    voulu = Rattachement(flux=flux, motif="vu avec le poste", auteur="A. Vérin")
    rattacher(ligne.maison, designer(ligne.maison, retenue.sha256[:12]), voulu, personne)
    assert a_voir(ligne) == []
    restitutions = ligne.maison.registre.restitutions(flux)
    assert [r.piece for r in restitutions] == ["1010"]


def test_deux_collectivites_un_siret(tmp_path: Path) -> None:
    with chaine(tmp_path, (f'siret = "{LAGON.siret}"', f'siret = "{VALOMBRE.siret}"')) as ligne:
        sans_code = replace(ENTETE, cod_col="")
        laisser(ligne, "r.xml", un_retour(piece(101, 1010), entete=sans_code))
        (retenue,) = a_voir(ligne)
        assert "plusieurs collectivités : lagon, valombre" in retenue.motif
        # The code tells them apart.
        laisser(ligne, "s.xml", un_retour(piece(101, 1010), nomfic="R2"))
        assert len(a_voir(ligne)) == 1


def test_une_mauvaise_reponse_n_arrete_pas_les_autres(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    bonne = ligne.acquit(flux)
    ligne.boite.retrait = {
        "a.xml": b"503 Service indisponible",
        "b.xml": un_retour(piece(101, 1010))[:-40],
        "c.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><PES_ACQUIT/>",
        "d.xml": bonne.replace(ligne.flux(flux).nomfic.encode(), b"INCONNU"),
        "e.xml": bonne,
        "f.xml": bonne,
        "g.xml": bonne.replace(b"</ACQUIT>", b"<Inconnu/></ACQUIT>"),
    }
    ligne.archiver(*ligne.relever())
    assert ligne.etat(flux) is Etat.ARCHIVE
    remarques = {r.nom: r.remarque for r in a_voir(ligne)}
    assert remarques == {
        "a.xml": "illisible",
        "b.xml": "illisible",
        "c.xml": "illisible",
        "d.xml": "inconnu",
        "f.xml": "double",
        "g.xml": "hors_schema",
    }
    motifs = {r.nom: r.motif for r in a_voir(ligne)}
    assert motifs["a.xml"].endswith("commence par « 503 Service indisponible »")
    assert motifs["d.xml"].endswith("(NomFic INCONNU)")
    assert "« Inconnu » n'a pas sa place ici" in motifs["g.xml"]
    # Late: the flux has been archived.
    laisser(ligne, "h.xml", bonne.replace(b"</ACQUIT>", b"\n</ACQUIT>"))
    tardif = a_voir(ligne)[-1]
    assert (tardif.remarque, tardif.motif) == (
        "tardif",
        "il dit la même chose que le premier : accepté",
    )
    laisser(ligne, "i.xml", ligne.acquit(flux, fautes={101: (1010,)}, pj=False))
    tardif = a_voir(ligne)[-1]
    assert tardif.motif.startswith("le premier disait accepté, celui-ci rejeté ; bordereau 101")
    with pytest.raises(UsageError, match=f"déjà attachée \\({flux}\\)"):
        designer(ligne.maison, "i.xml")


def test_un_retour_hors_schema_dit_ou(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010, "77")))
    (vue,) = a_voir(ligne)
    assert vue.remarque == "hors_schema"
    assert "bordereau 101 / mandat 1010" in vue.motif
    assert [r.etat for r in ligne.maison.registre.restitutions(flux)] == ["77"]


def test_un_retour_en_double_ne_compte_qu_une_fois(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    contenu = un_retour(piece(101, 1010))
    laisser(ligne, "r1.xml", contenu)
    laisser(ligne, "r2.xml", contenu)
    assert len(ligne.maison.registre.restitutions(flux)) == 1
    assert [r.remarque for r in a_voir(ligne)] == ["double"]


def test_un_acquit_attache_a_la_main(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    autre = ligne.acquit(flux).replace(ligne.flux(flux).nomfic.encode(), b"MAL_NOMME")
    laisser(ligne, "a.xml", autre)
    assert ligne.etat(flux) is Etat.EXPEDIE
    voulu = Rattachement(flux=flux, motif="le poste s'est trompé de nom", auteur="A. Vérin")
    trop = replace(voulu, verdict="rejete")
    with pytest.raises(UsageError, match=r"a\.xml se lit"):
        rattacher(ligne.maison, designer(ligne.maison, "a.xml"), trop, personne)
    assert ligne.etat(flux) is Etat.EXPEDIE
    vu = rattacher(ligne.maison, designer(ligne.maison, "a.xml"), voulu, personne)
    assert vu is not None
    assert vu.etat is Etat.ARCHIVE
    with pytest.raises(UsageError, match="aucune réponse"):
        designer(ligne.maison, "a.xml")
    (reponse,) = ligne.maison.registre.reponses(flux)
    assert (reponse.etat, reponse.remarque) == ("accepte", "")
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_une_reponse_illisible_lue_par_une_personne(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    laisser(ligne, "a.xml", b"accepte, signe le comptable")
    voulu = Rattachement(flux=flux, motif="appel", auteur="A. Vérin", verdict="accepte")
    with pytest.raises(UsageError, match="n'attend pas de verdict"):
        rattacher(ligne.maison, designer(ligne.maison, "a.xml"), voulu, personne)
    ligne.envoyer(flux)
    vu = rattacher(ligne.maison, designer(ligne.maison, "a.xml"), voulu, personne)
    assert vu is not None
    assert vu.etat is Etat.ARCHIVE


def test_beaucoup_de_pieces_en_lots(ligne: Chaine) -> None:
    """No step grows with the retour; a life that ends in between goes on where it stood."""
    flux = accepte(ligne, pieces=2)
    nombre = 2 * reponses.LOT + 7
    rendues = [piece(101, 1010), *(piece(900 + n // 50, n) for n in range(nombre - 1))]
    ligne.boite.retrait["gros.xml"] = un_retour(*rendues)
    coups = iter([False] * 2)

    relever(ligne.maison, "dgfip", lambda: next(coups, True), [])
    registre, run = ligne.maison.registre, "R:dgfip:gros.xml"
    faits = [e.etape for e in registre.historique(run)]
    assert faits[0] == "recevoir"
    assert len(faits) < 4
    ligne.relever()
    etapes = registre.historique(run)
    assert [e.etape for e in etapes] == ["recevoir", *(f"pieces.{n:06d}" for n in (1, 2, 3))]
    assert etapes[0].resultat["pieces"] == nombre
    assert [e.resultat["pieces"] for e in etapes[1:]] == [reponses.LOT, reponses.LOT, 7]
    assert all(len(str(e.resultat)) < 2_000 for e in etapes)
    assert len(registre.restitutions(flux)) == 1
    assert not (ligne.dossier / "travail" / "reponses" / "dgfip" / "gros.xml").exists()


def test_le_rejet_au_visa_se_refait_sans_ce_qui_est_paye(ligne: Chaine) -> None:
    """By default what the retour rejects goes; what is taken in charge is not paid twice."""
    flux = accepte(ligne)
    laisser(
        ligne,
        "r.xml",
        un_retour(
            piece(101, 1010, prise_en_charge="2026-03-01"),
            piece(101, 1011, REJETEE, rejet="2026-03-01", motif="09"),
        ),
    )
    reemise = reemettre(ligne.maison, flux, Demande(motif="visa", auteur="A. Vérin"))
    assert (reemise.exclues, reemise.prises) == (("depense/101/1011",), ("depense/101/1010",))
    (bordereau,) = ligne.maison.registre.bordereaux(reemise.flux)
    assert bordereau.pieces == (1012,)


def test_rien_a_refaire_quand_le_reste_est_pris_en_charge(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=2)
    laisser(
        ligne,
        "r.xml",
        un_retour(
            piece(101, 1010, prise_en_charge="2026-03-01"),
            piece(101, 1011, REJETEE, rejet="2026-03-01"),
        ),
    )
    with pytest.raises(UsageError, match="déjà prises en charge"):
        reemettre(ligne.maison, flux, Demande(motif="visa", auteur="A. Vérin"))
    assert ligne.etat(flux) is Etat.ARCHIVE


ACCUSER = ("simulateur = true", "simulateur = true\nacquit_retour = true")


def test_accuser_reception_d_un_retour(tmp_path: Path) -> None:
    """Its own flux, which nothing answers; made again from the journal when the line was cut."""
    with chaine(tmp_path, ACCUSER) as ligne:
        flux = accepte(ligne, pieces=1)
        ligne.boite.retrait["r.xml"] = un_retour(piece(101, 1010), nomfic="RETOUR_7")

        def couper(_: Colis) -> None:
            raise ExchangeInterruptedError("ligne coupée")

        ligne.boite.pendant = couper
        assert ligne.relever() == []
        (accuse,) = ligne.maison.registre.lister(etat=Etat.CONVERTI)
        ligne.boite.pendant = lambda _: None
        assert ligne.relever() == [accuse.id]
        ligne.archiver(accuse.id)
        assert ligne.etat(accuse.id) is Etat.SANS_ACQUIT
        assert ligne.maison.run(accuse.id).fait("archiver.0")
        chemin = ligne.envoye(accuse.id)
        lu = lire_reponse(chemin)
        assert isinstance(lu, Acquit)
        assert (lu.type, lu.nomfic) == ("acquit_retour", accuse.nomfic)
        assert [e.code_domaine for e in lu.elements] == ["13"]
        assert b'<NomFichierRetour V="RETOUR_7"/>' in chemin.read_bytes()
        assert ligne.relever() == []
        assert len(ligne.maison.registre.restitutions(flux)) == 1
        with ligne.maison.lecture() as lecture:
            assert list(lecture.ecarts_registre()) == []


def test_rien_n_est_accuse_par_defaut(ligne: Chaine) -> None:
    accepte(ligne, pieces=1)
    envois = list(ligne.boite.envois)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010)))
    assert ligne.boite.envois == envois


def test_un_retour_que_l_on_ne_peut_accuser(tmp_path: Path) -> None:
    """TypRestit outside the list of the acquit: the retour is read, the reason is kept."""
    with chaine(tmp_path, ACCUSER) as ligne:
        flux = accepte(ligne, pieces=1)
        contenu = un_retour(piece(101, 1010)).replace(b'TypRestit V="02"', b'TypRestit V="AA"')
        laisser(ligne, "r.xml", contenu)
        assert len(ligne.maison.registre.restitutions(flux)) == 1
        (etape,) = [
            e for e in ligne.maison.registre.historique("R:dgfip:r.xml") if e.etape == "accuser"
        ]
        assert etape.resultat["flux"] == ""
        assert etape.resultat["motif"]
