"""retour -> PES_ACQUIT_RETOUR: the ordonnateur says that it came in; nothing answers that.

Only for partners that ask for it (`acquit_retour`): that Hélios expects one is inferred, not
proved. It is a flux of its own, with journal, archive and trace, and ends in SANS_ACQUIT.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from vaguemestre.config.sections import Collectivite, Partenaire
from vaguemestre.domain.comptable import EnTete, Enveloppe
from vaguemestre.domain.flux import Etat, EtatChange, FluxOuvert, MembreInscrit
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import (
    DocumentError,
    ExchangeInterruptedError,
    IntegrityError,
    RessourceError,
)
from vaguemestre.pes.acquit import ouvrir_retour
from vaguemestre.pes.acquit_retour import octets_acquit_retour
from vaguemestre.pes.retour import LectureRetour
from vaguemestre.ports import Empreinte
from vaguemestre.transport.nommage import nom_passtrans, nom_pesalr2, p_msg
from vaguemestre.workflows.candidats import partenaire_de
from vaguemestre.workflows.envoi import envoyer
from vaguemestre.workflows.maison import Maison, empreinte_json

_A_PARTIR = frozenset({Etat.CONVERTI, Etat.RETENU, Etat.EXPEDIE, Etat.INCERTAIN})


def accuser(run: Run, maison: Maison, recu: Mapping[str, Any], sha256: str) -> str | None:
    """Answer a retour that has an owner, where its partner wants that.

    The flux that left, '' when there is nothing to send, None when it must be tried again later.
    """
    flux = ouvrir(run, maison, recu, sha256)
    try:
        return _envoyer(maison, flux) if flux else ""
    except (ExchangeInterruptedError, RessourceError):
        return None


def ouvrir(run: Run, maison: Maison, recu: Mapping[str, Any], sha256: str) -> str:
    """The flux that answers a retour, ready to leave as any other; '' when there is nothing to
    send. One for each run of a retour, whoever asks."""
    vers = recu["vers"]
    collectivite = None if vers is None else maison.collectivite(vers["collectivite"])
    if collectivite is None or not partenaire_de(maison, collectivite).acquit_retour:
        return ""
    fait = run.step("accuser", _ouvrir, run.id, maison, collectivite, recu, sha256)
    flux = str(fait["flux"])
    if flux:
        _preparer(maison.run(flux), fait)
    return flux


def _preparer(run: Run, fait: Mapping[str, Any]) -> None:
    """What the way of a flux does before it leaves, and an acquit of a retour has no need of."""
    run.step("controler", lambda: {"flux": run.id, **fait["objet"]})
    run.step("signer", lambda: {"pret": True, **_sans_nom(fait["objet"])})
    run.step("verifier", lambda: {"valide": True, "schema": "PES_ACQUIT_RETOUR"})
    run.step("convertir", lambda: {"indigo": []})


def _envoyer(maison: Maison, flux: str) -> str | None:
    # A worker that has this flux in hand holds the same lock (daemon/travail.py).
    with maison.verrous.pour(f"travail {flux}", 0):
        vu = maison.registre.flux(flux)
        collectivite = None if vu is None else maison.collectivite(vu.collectivite)
        if vu is None or collectivite is None or vu.etat not in _A_PARTIR:
            return ""
        envoyer(maison.run(flux), maison, vu, collectivite)
    vu = maison.registre.flux(flux)
    return flux if vu is not None and vu.etat is Etat.SANS_ACQUIT else None


def _sans_nom(objet: Mapping[str, Any]) -> dict[str, Any]:
    return {cle: valeur for cle, valeur in objet.items() if cle != "nom"}


def _ouvrir(
    depot: str, maison: Maison, collectivite: Collectivite, recu: Mapping[str, Any], sha256: str
) -> Resultat:
    """The flux of the answer, ready to leave; `flux` '' where the retour cannot be answered."""
    lecture = ouvrir_retour(maison.coffre.chemin(sha256))
    if lecture is None:
        raise IntegrityError("ce qui a été lu comme un retour n'en est plus un", ref=sha256)
    lecture.compter(lue=True)
    partenaire, jour = partenaire_de(maison, collectivite), maison.jour()
    siren = collectivite.siret[:9]
    rang = maison.registre.reserver(f"fil {siren} {jour:%y%m%d}")
    nomfic = nom_pesalr2(siren, jour, rang).removesuffix(".xml")
    try:
        octets = _octets(maison, collectivite, lecture, recu["vers"], nomfic, jour)
    except DocumentError as error:
        return Resultat({"flux": "", "motif": error.message})
    empreinte = maison.coffre.ranger_octets(octets)
    flux = f"F{maison.registre.reserver('flux'):08d}"
    cod_bud = str(recu["vers"]["cod_bud"])
    ouvert = FluxOuvert(
        flux=flux,
        depot=depot,
        collectivite=collectivite.dossier,
        cod_col=collectivite.code,
        cod_bud=cod_bud,
        nomfic=nomfic,
        nom_fil=f"{nomfic}.xml",
        partenaire=partenaire.nom,
    )
    membre = MembreInscrit(
        flux=flux,
        genre="pes",
        nom=_nom_fil(partenaire, collectivite, cod_bud, nomfic, empreinte),
        sha256=empreinte.sha256,
        sha1=empreinte.sha1,
        taille=empreinte.taille,
    )
    passages = (EtatChange(flux=flux, etat=etat) for etat in (Etat.CONTROLE, Etat.CONVERTI))
    objet = empreinte_json(f"{nomfic}.xml", empreinte)
    return Resultat({"flux": flux, "objet": objet}, (ouvert, membre, *passages))


def _octets(
    maison: Maison,
    collectivite: Collectivite,
    lecture: LectureRetour,
    vers: Mapping[str, str],
    nomfic: str,
    jour: date,
) -> bytes:
    pes, retour = maison.config.pes, lecture.entete
    enveloppe = Enveloppe(
        nom_fichier=nomfic,
        type_fichier=pes.type_fichier,
        editeur=pes.editeur,
        logiciel=pes.logiciel,
    )
    entete = EnTete(
        date_production=jour,
        id_poste=retour.poste or collectivite.poste,
        id_collectivite=retour.id_coll or collectivite.siret,
        code_collectivite=collectivite.code,
        code_budget=vers["cod_bud"],
    )
    return octets_acquit_retour(enveloppe, entete, lecture.recus(jour))


def _nom_fil(
    partenaire: Partenaire,
    collectivite: Collectivite,
    cod_bud: str,
    nomfic: str,
    empreinte: Empreinte,
) -> str:
    """Sent like an aller (reference/signature-and-transmission.md), so named like one."""
    if partenaire.nommage == "pesalr2":
        return f"{nomfic}.xml"
    message = p_msg(collectivite.code, collectivite.poste, cod_bud, partenaire.p_msg)
    return nom_passtrans(partenaire.p_dest, partenaire.p_appli, message, empreinte.sha1)
