"""What `doctor` looks at: everything at once, nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from vaguemestre.config.sections import Collectivite, Configuration, Partenaire
from vaguemestre.errors import ConfigurationError, RessourceError, VaguemestreError
from vaguemestre.pj.categories import referentiel
from vaguemestre.pj.texte import LecteurTexte
from vaguemestre.simulators.exemples import pdf
from vaguemestre.store.lecture import lecture
from vaguemestre.wiring import confiance, dessin, ouvrir_transport, portes, schemas, signataire
from vaguemestre.workflows import schemas as paquets
from vaguemestre.workflows.cles import dire as dire_cles
from vaguemestre.workflows.echecs import en_echec


def diagnostiquer(config: Configuration) -> Iterator[tuple[str, bool, str]]:
    """(subject, healthy, detail) for `doctor`: everything at once, nothing changed."""
    yield _essayer("base et journal", lambda: _base(config))
    yield _essayer("travaux", partial(_travaux, config))
    yield _essayer("réponses", partial(_reponses, config))
    yield _essayer("schémas", partial(_schemas, config))
    yield _essayer("grilles", partial(_grilles, config))
    yield _essayer("catégories de PJ", partial(_categories, config))
    yield _essayer("lecteurs de PDF", partial(_lecteurs, config))
    if not config.collectivites:
        yield "collectivités", False, "aucune [[collectivite]] dans la configuration"
    for collectivite in config.collectivites:
        yield _essayer(f"dépôt de {collectivite.dossier}", partial(_depot, config, collectivite))
        yield _essayer(f"clé de {collectivite.dossier}", partial(_cle, config, collectivite))
        yield _essayer(f"INDIGO de {collectivite.dossier}", partial(_dessin, config, collectivite))
        yield _essayer(f"clés ORMC de {collectivite.dossier}", partial(dire_cles, collectivite))
    for partenaire in config.partenaires:
        yield _essayer(f"partenaire {partenaire.nom}", partial(_joindre, config, partenaire))


def _essayer(sujet: str, essai: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return sujet, True, essai()
    except VaguemestreError as error:
        return sujet, False, f"{error.message}. {error.hint}"


def _base(config: Configuration) -> str:
    with portes(config) as ouvertes, lecture(ouvertes.base) as journal:
        return f"{config.base.url}, {journal.taille()} entrées"


def _travaux(config: Configuration) -> str:
    with portes(config) as ouvertes:
        arretes = ouvertes.executions.lister("erreur")
    if arretes:
        premier = arretes[0]
        raise ConfigurationError(
            f"{len(arretes)} travail(aux) arrêté(s), dont {premier.id} : {premier.erreur}"
            f" Une fois la cause levée : « vaguemestre flux replay {premier.id} »"
        )
    return "aucun n'est arrêté"


def _reponses(config: Configuration) -> str:
    """What waits for a person is said; only a retour that no body owns is a fault of the set-up."""
    with portes(config) as ouvertes:
        vues = ouvertes.maison.registre.reponses_a_voir()
        echecs = en_echec(ouvertes.maison)
    retenues = sum(vue.remarque == "ambigu" for vue in vues)
    if retenues:
        raise ConfigurationError(
            f"{retenues} retour(s) retenu(s) : aucune collectivité n'en est sûrement le"
            " destinataire (SIRET, code) ; « vaguemestre flux reponses » les montre"
        )
    if not vues and not echecs:
        return "aucune n'attend un regard"
    return f"{len(vues) + len(echecs)} à regarder : « vaguemestre flux reponses »"


def _schemas(config: Configuration) -> str:
    """The version that judges, where it comes from and since when; a warning never blocks."""
    version = schemas(config).version
    jour = date.today()  # noqa: DTZ011 — the calendar day where the office is
    employee = next(v for v in paquets.lister(config, jour) if v.version == version)
    effet = "inconnue" if employee.effet is None else f"{employee.effet:%d/%m/%Y}"
    dits = [f"PES Aller {version}, {employee.statut}", f"date d'effet {effet}"]
    dits += [avis.message for avis in paquets.avis(config, version, jour)]
    return " ; ".join(dits)


def _grilles(config: Configuration) -> str:
    ajouts = config.pes.grilles
    nombre = sum(map(len, (ajouts.depense, ajouts.recette, ajouts.tiers, ajouts.civilites)))
    livrees = "celles livrées, inférées : des avertissements seulement"
    return f"{livrees} ; {nombre} ajout(s) par [pes.grilles]" if nombre else livrees


def _categories(config: Configuration) -> str:
    fichier = config.pj.categories
    liste = referentiel(None if fichier is None else config.chemin(fichier))
    return f"{len(liste.categories)} catégories, {liste.version} ({liste.statut})"


def _lecteurs(config: Configuration) -> str:
    """One page is read, as the daemon or `check` would."""
    lecteurs = LecteurTexte.selon(config.pj)
    try:
        lecture_ = lecteurs.lire(pdf(["vaguemestre doctor"]), texte=True, structure=True)
    finally:
        lecteurs.fermer()
    if lecture_.faute is not None:
        raise RessourceError(f"un PDF d'essai ne se lit pas : {lecture_.faute.detail}")
    ouverts = [nom for nom in ("structure", "texte") if getattr(config.pj, nom)]
    return f"un PDF d'essai est lu ; le démon regarde : {', '.join(ouverts) or 'rien ([pj])'}"


def _depot(config: Configuration, collectivite: Collectivite) -> str:
    dossier = config.chemin(config.depots.racine) / collectivite.dossier / "depot"
    if not dossier.is_dir():
        raise ConfigurationError(f"le dossier {dossier} n'existe pas : le créer, ou le monter")
    if config.partenaire(collectivite.partenaire) is None:
        raise ConfigurationError(f"partenaire « {collectivite.partenaire} » inconnu")
    return str(dossier)


def _cle(config: Configuration, collectivite: Collectivite) -> str:
    reglages = config.signature_de(collectivite)
    if signataire(config, reglages) is None:
        return "aucune : les flux attendront en A_SIGNER"
    confiance(config, reglages)
    return str(reglages.p12)


def _dessin(config: Configuration, collectivite: Collectivite) -> str:
    profil = dessin(config, collectivite)
    if profil is None:
        return "aucun"
    partenaire = config.partenaire(collectivite.partenaire)
    if not profil.transmissible and partenaire is not None and not partenaire.simulateur:
        raise ConfigurationError(
            f"dessin « {profil.nom} » de statut {profil.statut} : il ne partira pas vers"
            f" « {partenaire.nom} », qui n'est pas un simulateur"
        )
    return f"{profil.nom} ({profil.statut})"


def _joindre(config: Configuration, partenaire: Partenaire) -> str:
    transport = ouvrir_transport(config, partenaire)
    try:
        return f"joint, {len(transport.names())} réponse(s) en attente"
    finally:
        transport.close()
