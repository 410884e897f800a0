"""What `doctor` looks at: everything at once, nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from vaguemestre.config.sections import Collectivite, Configuration, Partenaire
from vaguemestre.errors import ConfigurationError, VaguemestreError
from vaguemestre.store.lecture import lecture
from vaguemestre.wiring import confiance, dessin, ouvrir_transport, portes, schemas, signataire


def diagnostiquer(config: Configuration) -> Iterator[tuple[str, bool, str]]:
    """(subject, healthy, detail) for `doctor`: everything at once, nothing changed."""
    yield _essayer("base et journal", lambda: _base(config))
    yield _essayer("travaux", partial(_travaux, config))
    yield _essayer("schémas", lambda: f"PES Aller {schemas(config).version}")
    if not config.collectivites:
        yield "collectivités", False, "aucune [[collectivite]] dans la configuration"
    for collectivite in config.collectivites:
        yield _essayer(f"dépôt de {collectivite.dossier}", partial(_depot, config, collectivite))
        yield _essayer(f"clé de {collectivite.dossier}", partial(_cle, config, collectivite))
        yield _essayer(f"INDIGO de {collectivite.dossier}", partial(_dessin, config, collectivite))
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
            f"{len(arretes)} travail(aux) arrêté(s), dont {premier.id} : {premier.erreur} ;"
            " une fois la cause levée, « vaguemestre flux replay »"
        )
    return "aucun n'est arrêté"


def _depot(config: Configuration, collectivite: Collectivite) -> str:
    dossier = config.chemin(config.depots.racine) / collectivite.dossier / "depot"
    if not dossier.is_dir():
        raise ConfigurationError(f"le dossier {dossier} n'existe pas ; le créer")
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
