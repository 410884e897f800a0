"""An answer that the program could not take by itself is taken in a person's name.

It is read before anything is recorded: what cannot be read, or given where the person says, stays
where it is, shown and tried again (`echecs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from vaguemestre.domain.acquits import Retour
from vaguemestre.domain.flux import ReponseRecue
from vaguemestre.engine.run import Resultat
from vaguemestre.engine.worker import texte
from vaguemestre.errors import DocumentError, IllisibleError, UsageError, VaguemestreError
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.ports import Empreinte
from vaguemestre.signature.epissure import empreinte
from vaguemestre.store.vues import FluxVu, ReponseVue
from vaguemestre.workflows.acquits import attend_un_verdict, repond
from vaguemestre.workflows.adressage import attend
from vaguemestre.workflows.echecs import Echec, Echecs, fichier_de, verrou_de
from vaguemestre.workflows.maison import Maison, empreinte_json
from vaguemestre.workflows.releve import run_de_reponse
from vaguemestre.workflows.reponses import ECHEC, ILLISIBLE, proprietaire
from vaguemestre.workflows.schemas import paquet_des_reponses


@dataclass(frozen=True, slots=True)
class _Lue:
    """What can be told of the file, and why it can be no more."""

    genre: str
    nomfic: str
    motif: str = ""


class _Ecoute:
    """A reading over which the program itself may stumble, as it did when the answer came: the
    person hears why, that the answer stays, and what can be done."""

    def __init__(self, nom: str) -> None:
        self._nom = nom

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, VaguemestreError | OSError):
            return
        raise IllisibleError(
            f"le programme ne sait pas lire « {self._nom} » ({texte(error)}) ; elle reste où elle"
            " est. Ce qu'une personne y lit s'inscrit avec --verdict"
        ) from error


def reprendre(
    maison: Maison, echec: Echec, flux: FluxVu | None, *, verdict: bool, dit: dict[str, object]
) -> ReponseVue:
    """Record the answer as one that waits for a hand; `dit`: who wants it, and why.

    `verdict`: the person says what it means, so the program need not read it.

    Raises:
        UsageError: it cannot be given to this flux, or it has found its place already.
        IllisibleError: the program stumbles over it again.
    """
    chemin = fichier_de(maison, echec)
    with maison.verrous.pour(verrou_de(echec.partenaire, echec.nom)):
        if not chemin.exists():
            raise UsageError(f"{echec.nom} n'est plus là : le démon l'a prise entre-temps")
        if verdict:
            lue = _Lue(ILLISIBLE, "", echec.motif)
        else:
            with _Ecoute(echec.nom):
                lue = _lire(maison, chemin, flux)
        _verifier(lue, flux, echec, verdict=verdict)
        trouvee = empreinte(chemin)
        _inedite(maison, trouvee, echec)
        _inscrire(maison, echec, lue, trouvee, dit)
        Echecs(maison, echec.partenaire, chemin.parent).oublier(echec.nom)
        chemin.unlink()
    return maison.registre.reponses_de_contenu(trouvee.sha256)[-1]


def _lire(maison: Maison, chemin: Path, flux: FluxVu | None) -> _Lue:
    try:
        reponse = lire_reponse(chemin, paquet_des_reponses(maison.config), pieces=False)
    except DocumentError as error:
        return _Lue(ILLISIBLE, "", error.message)
    if not isinstance(reponse, Retour):
        return _Lue("acquit", reponse.nomfic)
    collectivite, motif = proprietaire(maison.config, reponse)
    if collectivite is None and flux is None:
        raise UsageError(f"{motif} : nommer un flux de la collectivité qu'il concerne")
    return _Lue("retour", reponse.nomfic)


def _verifier(lue: _Lue, flux: FluxVu | None, echec: Echec, *, verdict: bool) -> None:
    if lue.genre == ILLISIBLE and not verdict:
        raise UsageError(
            f"{echec.nom} ne peut pas être lue ({lue.motif}) : dire ce que le comptable y répond,"
            " avec --verdict accepte, partiel ou rejete",
        )
    if lue.genre != "retour" and flux is None:
        raise UsageError("un acquit s'attache à un flux : dire lequel", ref=echec.nom)
    if lue.genre == "acquit" and flux is not None and not repond(flux):
        raise UsageError(f"{flux.id} est {flux.etat.value} : un acquit ne peut pas lui répondre")
    if lue.genre == ILLISIBLE and flux is not None and not attend_un_verdict(flux):
        raise UsageError(f"{flux.id} est {flux.etat.value} : il n'attend pas de verdict")


def _inedite(maison: Maison, trouvee: Empreinte, echec: Echec) -> None:
    vues = maison.registre.reponses_de_contenu(trouvee.sha256)
    placees = [vue for vue in vues if not attend(vue)]
    if placees:
        ou = placees[-1].flux or placees[-1].collectivite
        raise UsageError(
            f"{echec.nom} a déjà trouvé sa place ({ou}) : rien à attacher ; ce qui reste à"
            f" inscrire le sera quand le défaut sera réparé ({echec.motif})"
        )


def _inscrire(
    maison: Maison, echec: Echec, lue: _Lue, trouvee: Empreinte, dit: dict[str, object]
) -> None:
    chemin = fichier_de(maison, echec)
    maison.coffre.ranger(chemin)
    recue = ReponseRecue(
        sha256=trouvee.sha256,
        nom=echec.nom,
        genre=lue.genre,
        flux="",
        nomfic=lue.nomfic,
        etat="",
        motif=echec.motif,
        remarque=ECHEC,
    )
    valeur = {**dit, **empreinte_json(echec.nom, trouvee), "genre": lue.genre, "flux": ""}
    run = run_de_reponse(maison, echec.partenaire, echec.nom, trouvee)
    run.step("recevoir", lambda: Resultat(valeur, (recue,)))
