"""A held retour finds its body: because a person says so, or because the configuration now does.

Its pièces are written before it counts as given: whatever a life that ends in between has not
done, the next one finds still waiting, and does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from vaguemestre.domain.flux import ReponseAttachee
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import UsageError
from vaguemestre.store.vues import FluxVu, ReponseVue
from vaguemestre.workflows.accuses import accuser, ouvrir
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.reponses import AMBIGU, a_un_proprietaire, adresser, verser

Arret = Callable[[], bool]
Confier = Callable[[str], object]
"""Takes the flux of an acquit of a retour, to have it sent as any other."""
_MOTIF = "la configuration nomme maintenant sa collectivité"


def attend(reponse: ReponseVue) -> bool:
    """Nobody has said yet whose this answer is."""
    return not reponse.flux and not reponse.collectivite


@contextmanager
def seul(maison: Maison, reponse: ReponseVue) -> Iterator[None]:
    """One work at a time gives an answer away, whichever process it is in.

    Raises:
        UsageError: another one has just done it.
    """
    with maison.verrous.pour(f"réponse {reponse.sha256}"):
        vues = maison.registre.reponses_de_contenu(reponse.sha256)
        if not any(attend(vue) for vue in vues):
            raise UsageError(f"{reponse.nom} vient d'être attachée par un autre travail")
        yield


def run_de(maison: Maison, reponse: ReponseVue) -> Run:
    """The run that gives this answer away."""
    return maison.run(f"A:{reponse.sha256[:16]}")


def donner(
    maison: Maison,
    reponse: ReponseVue,
    flux: FluxVu | None,
    dit: Mapping[str, object],
    arret: Arret = lambda: False,
    *,
    confier: Confier | None = None,
) -> str | None:
    """Give a held retour to the body of `flux`, else to the one that the configuration names.

    `dit`: what its step remembers beside. Where its partner wants it answered, the answer is sent
    here, or left to `confier`. Called within `seul`. The flux of that answer, '' for none; None
    when it was stopped or the line cut: what is left is done by the next call.

    Raises:
        UsageError: `flux` None, and nobody can tell whose it is. IllisibleError: not well-formed.
    """
    run, sha256 = run_de(maison, reponse), reponse.sha256
    chemin = maison.coffre.chemin(sha256)
    resume = run.step("lire", lambda: adresser(maison, chemin, flux))
    if not verser(run, maison, resume, sha256, arret):
        return None
    parti = accuser(run, maison, resume, sha256) if confier is None else ""
    if parti is None:
        return None
    if confier is not None and (parti := ouvrir(run, maison, resume, sha256)):
        confier(parti)
    vers = resume["vers"]
    attachee = ReponseAttachee(
        sha256=sha256,
        flux="" if flux is None else flux.id,
        collectivite=str(vers["collectivite"]) if isinstance(vers, Mapping) else "",
        motif=str(dit.get("motif", "")),
    )
    run.step("rattacher", lambda: Resultat({**dit, **resume, "flux": attachee.flux}, (attachee,)))
    return parti


def readresser(maison: Maison, arret: Arret, regles: list[str]) -> bool:
    """Give every held retour whose body the configuration has come to name; `regles`: flux that
    are settled by it. False: some must be tried again (stopped, or a line that is cut)."""
    fini = True
    for reponse in maison.registre.reponses_a_voir():
        if arret():
            return False
        if reponse.genre != "retour" or reponse.remarque != AMBIGU or not attend(reponse):
            continue
        if a_un_proprietaire(maison, reponse.sha256):
            fini = _readresser(maison, reponse, arret, regles) and fini
    return fini


def _readresser(maison: Maison, reponse: ReponseVue, arret: Arret, regles: list[str]) -> bool:
    try:
        with seul(maison, reponse):
            dit = {"nom": reponse.nom, "motif": _MOTIF, "auteur": "configuration"}
            parti = donner(maison, reponse, None, dit, arret)
    except UsageError:
        return True  # another process has just done it
    regles += [parti] if parti else []
    return parti is not None
