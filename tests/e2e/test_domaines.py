"""Rôles, invoices, lone PJ, contracts, acquits of retours: from the folder to the archive, through
the real daemon and a real SFTP; and what is refused, by us or by the partner, with its reasons."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

from lxml import etree

from tests.e2e import domaines as d
from tests.e2e.conftest import Scene
from tests.e2e.fautifs import remplacer, un_pdf
from tests.e2e.theatre import Dgfip, Poste, attendre
from tests.workflow.test_retours import piece, un_retour
from vaguemestre.domain.flux import Etat
from vaguemestre.pes.asap import lire_facture
from vaguemestre.store.vues import FluxVu

ACCUSER = ("simulateur = true", "simulateur = true\nacquit_retour = true")
PEC = {"regles": [{"retour": "pec"}]}
SECOND_REFUSE = {
    "regles": [
        {
            "si": {"position": 2},
            "reponse": "refuse",
            "code": "ERREUR_AUTRE",
            "libelle": "4242 - Pièce attendue sous une autre forme",
        }
    ]
}


def vu(poste: Poste, depot: str, etat: Etat) -> FluxVu:
    """The one flux of a deposit, once it stands there and nothing is left to do for it."""
    poste.attendre_etat(depot, etat)
    attendre(lambda: not poste.en_attente(), quoi="la fin des travaux")
    (flux,) = poste.flux(depot)
    return flux


def montre(poste: Poste, flux: FluxVu) -> dict[str, Any]:
    """What `flux show` says of it, for people and for scripts."""
    sortie, dit = poste.commande("flux", "show", flux.id)
    assert sortie == 0, dit
    assert flux.etat.value in dit
    assert flux.nomfic in dit
    sortie, json_dit = poste.commande("flux", "show", flux.id, "--json")
    assert sortie == 0, json_dit
    lu: dict[str, Any] = json.loads(json_dit)
    return lu


def regles(rapport: dict[str, Any]) -> list[str]:
    return [a["regle"] for a in rapport["anomalies"] if a["gravite"] != "avertissement"]


def verdicts(poste: Poste, flux: FluxVu) -> list[str]:
    """DomaineAck of each element of the acquit that is kept."""
    (reponse,) = poste.reponses(flux.id)[:1]
    with poste.ouvert() as ouvertes:
        arbre = etree.parse(str(ouvertes.coffre.chemin(reponse.sha256)))
    return [str(un.get("V")) for un in arbre.iter("DomaineAck")]


def fini(poste: Poste, dgfip: Dgfip, envoyes: int) -> None:
    poste.arreter()
    assert dgfip.jamais_deux_fois()
    assert len(dgfip.registre()) == envoyes
    rapport = poste.audit()
    assert rapport.intact, rapport.ecarts


def test_un_role_et_l_acquit_de_son_retour(scene: Scene) -> None:
    """Signed, accepted as a rôle (domaine 7); what the accountant made of each article comes back,
    and that retour is acknowledged by a flux of its own that nothing answers."""
    poste, dgfip = scene(PEC)
    poste.changer_config(ACCUSER)
    d.lacher(poste, d.role(poste.coulisse("role"), 401))
    d.lacher(poste, remplacer(d.role(poste.coulisse("faux"), 402), b";904020;", b";DETTE;"))
    poste.lancer()
    assert regles(poste.rejet("faux")) == ["depot.valeur.entier"]
    flux = vu(poste, "role", Etat.ARCHIVE)
    envoye = dgfip.recu(flux.nom_fil)
    assert b'<TypBord V="06"/>' in envoye
    assert b"<ds:Signature" in envoye
    assert verdicts(poste, flux) == ["7"]

    def accuse() -> list[FluxVu]:
        suite = [vu for vu in poste.flux() if vu.depot.startswith("R:")]
        return [vu for vu in suite if "archiver.0" in poste.etapes(vu.id)]

    (reponse,) = attendre(accuse, quoi="l'acquit du retour")
    assert reponse.etat is Etat.SANS_ACQUIT
    recu = etree.fromstring(dgfip.recu(reponse.nom_fil))
    assert str(recu.tag).endswith("}PES_ACQUIT_RETOUR")
    assert [un.get("V") for un in recu.iter("DomaineAckRetour")] == ["14"]
    assert [p["retour"]["etat"] for p in montre(poste, flux)["pieces"]] == ["prise_en_charge"] * 2
    montre(poste, reponse)
    fini(poste, dgfip, 2)


def test_un_retour_illisible_n_est_pas_acquitte(scene: Scene) -> None:
    """It is kept and said; what came before and after it is not held up."""
    poste, dgfip = scene(PEC)
    poste.changer_config(ACCUSER)
    casse = un_retour(piece(101, 1010)).replace(b"</PES_DepenseRetour>", b"", 1)
    coulisse = poste.coulisse("casse.xml")
    coulisse.write_bytes(casse)
    coulisse.rename(dgfip.racine / "retrait" / "casse.xml")
    poste.lancer()

    def dites() -> list[dict[str, Any]]:
        sortie, dit = poste.commande("flux", "reponses", "--json")
        assert sortie == 0, dit
        lues: list[dict[str, Any]] = json.loads(dit)
        return lues

    (lue,) = attendre(dites, quoi="le retour illisible")
    assert lue["remarque"] == "illisible"
    assert lue["motif"]
    assert poste.flux() == []
    d.lacher(poste, d.role(poste.coulisse("role"), 401))
    attendre(
        lambda: [f.etat for f in poste.flux()] == [Etat.ARCHIVE, Etat.SANS_ACQUIT],
        quoi="un rôle, et l'acquit du seul retour lisible",
    )
    fini(poste, dgfip, 2)


def test_des_factures_avec_leurs_titres(scene: Scene) -> None:
    """Each invoice travels as the PJ of its titre; one without its titre stays here."""
    poste, dgfip = scene()
    d.regler_asap(poste)
    d.lacher(poste, d.factures(poste.coulisse("factures"), 501))
    d.lacher(poste, d.factures(poste.coulisse("orpheline"), 502, titre_facture="999"))
    poste.lancer()
    rapport = poste.rejet("orpheline")
    assert regles(rapport) == ["depot.facture.titre"]
    assert rapport["anomalies"][0]["ref"] == "bordereau 502 / titre 999"
    flux = vu(poste, "factures", Etat.ARCHIVE)
    arbre = etree.fromstring(dgfip.recu(flux.nom_fil))
    (jointe,) = arbre.iter("PJ")
    assert [un.get("V") for un in jointe.iter("TypePJ")] == ["006"]
    lue = lire_facture(gzip.decompress(base64.b64decode(jointe.findtext("Contenu/Fichier") or "")))
    assert [(f.titre.bordereau, f.titre.titre) for f in lue.factures if f.titre] == [(501, 215)]
    assert verdicts(poste, flux) == ["6", "4"]
    assert montre(poste, flux)["etat"] == "ARCHIVE"
    fini(poste, dgfip, 1)


def test_une_pj_seule(scene: Scene) -> None:
    """Sent unsigned; refused by us without its file, by the partner with the partner's words."""
    poste, dgfip = scene(SECOND_REFUSE)
    d.lacher(poste, d.pj(poste.coulisse("pj"), 1010))
    absente = d.pj(poste.coulisse("absente"), 1011)
    un_pdf(absente).unlink()
    d.lacher(poste, absente)
    poste.lancer()
    assert regles(poste.rejet("absente")) == ["depot.pj.absente"]
    flux = vu(poste, "pj", Etat.ARCHIVE)
    envoye = dgfip.recu(flux.nom_fil)
    assert b"Signature" not in envoye
    assert b'<Identifiant V="1010"/>' in envoye
    assert verdicts(poste, flux) == ["4"]
    montre(poste, flux)
    d.lacher(poste, d.pj(poste.coulisse("refusee"), 1012))
    refuse = vu(poste, "refusee", Etat.REFUSE)
    assert "4242 - Pièce attendue sous une autre forme" in refuse.motif
    montre(poste, refuse)
    assert "4242" in rapport_html(poste, "refusee")
    fini(poste, dgfip, 2)


def test_un_marche_tout_fait(scene: Scene) -> None:
    """A file of contracts alone leaves as it came, byte for byte: it has no bordereau to sign."""
    poste, dgfip = scene(SECOND_REFUSE)
    bon = d.marche(1)
    poste.poser("marche.xml", bon)
    faux = d.marche(2).replace(b'<ProcedureMarche V="01"/>', b'<ProcedureMarche V="11"/>')
    poste.poser("faux.xml", faux)
    poste.lancer()
    rapport = poste.rejet("faux.xml")
    assert regles(rapport) == ["xsd.proceduremarche.code"]
    assert rapport["anomalies"][0]["ref"] == "marché 2026TRAVAUX01"
    flux = vu(poste, "marche.xml", Etat.ARCHIVE)
    assert dgfip.recu(flux.nom_fil) == bon
    assert verdicts(poste, flux) == ["11"]
    montre(poste, flux)
    poste.poser("second.xml", d.marche(3, "2026TRAVAUX02"))
    refuse = vu(poste, "second.xml", Etat.REFUSE)
    assert "marché 2026TRAVAUX02 : 4242" in refuse.motif
    montre(poste, refuse)
    fini(poste, dgfip, 2)


def rapport_html(poste: Poste, depot: str) -> str:
    chemin: Path = poste.depots().parent / "traites" / depot / "rapport.html"
    return chemin.read_text("utf-8")
