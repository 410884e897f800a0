"""Fetching: every file that a partner left for us is kept, recorded, and read by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from vaguemestre.engine.run import Run
from vaguemestre.errors import ExchangeInterruptedError, IntegrityError, VaguemestreError
from vaguemestre.ports import Empreinte
from vaguemestre.workflows.accuses import accuser
from vaguemestre.workflows.acquits import recevoir, relever_erreurs
from vaguemestre.workflows.echecs import Echecs, verrou_de
from vaguemestre.workflows.maison import Maison, empreinte_json
from vaguemestre.workflows.reponses import verser

Arret = Callable[[], bool]
# Evidence that no longer matches, or a line that is cut: the next answer would fare no better.
_ARRETENT = (IntegrityError, ExchangeInterruptedError)


class _Chacune:
    """One answer at a time: what goes wrong with one waits until the others are done."""

    def __init__(self) -> None:
        self.faute: BaseException | None = None

    def __enter__(self) -> _Chacune:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, _ARRETENT) or not isinstance(error, Exception):
            return False
        self.faute = self.faute or error
        return True


@dataclass(frozen=True, slots=True)
class _Prise:
    """Takes what was fetched; what the program fails on is noted, whatever it failed with."""

    maison: Maison
    partenaire: str
    echecs: Echecs
    arret: Arret
    regles: list[str]

    def tenter(self, chemin: Path) -> None:
        """Raises: what `_prendre` raised, once it is noted."""
        with ExitStack() as garde:
            garde.enter_context(self.maison.verrous.pour(verrou_de(self.partenaire, chemin.name)))
            garde.push(lambda _, faute, __: self._noter(chemin.name, faute))
            if chemin.exists():  # else somebody has attached it by hand at this very moment
                _prendre(self.maison, self.partenaire, chemin, self.arret, self.regles)
        self.echecs.oublier(chemin.name)

    def _noter(self, nom: str, faute: BaseException | None) -> bool:
        passe = isinstance(faute, _ARRETENT) or (
            isinstance(faute, VaguemestreError) and faute.transient
        )
        if isinstance(faute, Exception) and not passe:
            self.echecs.noter(nom, faute)
        return False


def relever(maison: Maison, partenaire: str, arret: Arret, regles: list[str]) -> None:
    """Fetch every new answer of one partner; the flux that they settle are added to `regles`.

    One bad answer never stops the others: each is kept and recorded by itself. One that the
    program cannot take is kept too, and left alone for a while (`echecs`). `arret` says that the
    daemon stops: the rest waits for the next start.

    Raises:
        Exception: some answers, or all, could not be taken this time; the first of these faults.
    """
    # Many partners drop an answer once it was read: until it is recorded, ours is the only copy,
    # so it lies where the next life finds it, under its own name.
    boite = maison.travail / "reponses" / partenaire
    boite.mkdir(parents=True, exist_ok=True)
    chacune, echecs = _Chacune(), Echecs(maison, partenaire, boite)
    prise = _Prise(maison, partenaire, echecs, arret, regles)
    for chemin in sorted(boite.iterdir()):
        if not chemin.name.startswith(".") and not echecs.attend(chemin.name) and not arret():
            with chacune:
                prise.tenter(chemin)
    transport = maison.transport(partenaire)
    for nom in sorted(transport.names()):
        if arret():
            break
        if echecs.attend(nom):
            continue
        with chacune:
            if maison.efface(partenaire) or not _connue(maison, partenaire, nom):
                transport.fetch(nom, boite / nom)
                prise.tenter(boite / nom)
            if maison.efface(partenaire):
                transport.remove(nom)
    if chacune.faute is not None:
        raise chacune.faute


def _connue(maison: Maison, partenaire: str, nom: str) -> bool:
    return maison.journal.recall(f"R:{partenaire}:{nom}", "recevoir") is not None


def run_de_reponse(maison: Maison, partenaire: str, nom: str, empreinte: Empreinte) -> Run:
    """The run of one answer. Other bytes under a name already used are another one."""
    run = maison.run(f"R:{partenaire}:{nom}")
    connue = maison.journal.recall(run.id, "recevoir")
    if connue is not None and connue.result["sha256"] != empreinte.sha256:
        return maison.run(f"{run.id}~{empreinte.sha256[:12]}")
    return run


def _prendre(
    maison: Maison, partenaire: str, chemin: Path, arret: Arret, regles: list[str]
) -> None:
    """Record one fetched answer, once."""
    empreinte = maison.coffre.ranger(chemin, lier=True)  # we wrote it, and nobody else does
    run = run_de_reponse(maison, partenaire, chemin.name, empreinte)
    objet = empreinte_json(chemin.name, empreinte)
    with ExitStack() as garde:
        recu = run.step("recevoir", recevoir, maison, objet, chemin, garde)
    regles += [str(recu["flux"])] if recu["flux"] else []
    if recu["genre"] == "acquit" and recu["flux"]:
        relever_erreurs(run, maison, recu, empreinte.sha256)
    elif recu["genre"] == "retour" and "vers" in recu:
        entier = verser(run, maison, recu, empreinte.sha256, arret)
        parti = accuser(run, maison, recu, empreinte.sha256) if entier else None
        if parti is None:
            return
        regles += [parti] if parti else []
    chemin.unlink(missing_ok=True)
