"""Checking the large signed file against xmllint; the same with a thousand planted errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.parsers import expat

from tests.bench import memoire
from tests.bench.cadre import Faux, Mesure, meilleur, sous_processus
from vaguemestre.errors import Anomalie
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.schema import charger

RAPPORT, MEMOIRE = 2.0, 100.0
ERREURS = 1_000
SCHEMA = donnees("schemas") / "5.30" / "PES_Aller.xsd"
_MONTANT = re.compile(rb'(<MtHT V=")[^"]*(")')
_FAUX = b"douze"


def mesurer(pes: Path, tours: int) -> list[Mesure]:
    """Time as a ratio, memory in MB over the idle process; the valid file, then a spoilt one."""
    bon = json.loads(sous_processus("controler", str(pes), str(tours)))
    if bon["anomalies"]:
        raise Faux(f"le fichier de mesure est rejeté : {bon['anomalies'][0]}")
    references = [_xmllint(pes) for _ in range(tours)]
    rapport = bon["duree"] / meilleur(references)
    detail = f"{bon['duree']:.3f} s contre {meilleur(references):.3f} s"
    abime = pes.with_name("abime.xml")
    attendues = gater(pes, abime)
    faux = json.loads(sous_processus("controler", str(abime), "1"))
    _confronter(attendues, faux["anomalies"])
    dites = f"{faux['duree']:.3f} s, {len(attendues)} erreurs à leur ligne et leur chemin"
    return [
        Mesure("contrôler / xmllint --huge --schema", rapport, "×", RAPPORT, detail=detail),
        Mesure("contrôler : mémoire au-dessus du repos", bon["memoire"], "Mo", MEMOIRE),
        Mesure(
            "contrôler, 1 000 erreurs : mémoire au-dessus du repos",
            faux["memoire"],
            "Mo",
            MEMOIRE,
            detail=dites,
        ),
    ]


def isole(pes: Path, tours: int) -> dict[str, object]:
    """Check `tours` times, every rule on and every PJ opened."""
    schemas = charger("5.30", None)
    repos = memoire.residente()
    memoire.oublier_le_pic()
    durees, pic = [], 0.0
    bloquantes: list[Anomalie] = []
    for tour in range(tours):
        debut = time.perf_counter()
        examen = examiner(pes, schemas=schemas, reglages=Reglages(erreurs_max=2 * ERREURS))
        durees.append(time.perf_counter() - debut)
        if tour == 0:
            pic = memoire.pic() - repos
            bloquantes = [a for a in examen.anomalies if a.bloquante]
    return {
        "duree": meilleur(durees),
        "memoire": pic,
        "anomalies": [[a.regle, a.ligne, a.chemin] for a in bloquantes],
    }


def gater(pes: Path, vers: Path) -> list[tuple[int, str]]:
    """Spoil a thousand amounts; where each of them stands, as an independent parser sees it."""
    contenu, faites = _MONTANT.subn(rb"\1" + _FAUX + rb"\2", pes.read_bytes(), count=ERREURS)
    if faites != ERREURS:
        raise Faux(f"{faites} montants seulement dans le fichier de mesure")
    vers.write_bytes(contenu)
    return _Places().lire(contenu)


class _Places:
    """Line and path of every spoilt element, from expat."""

    def __init__(self) -> None:
        self._chemin: list[str] = []
        self._rangs: list[dict[str, int]] = [{}]
        self._trouvees: list[tuple[int, str]] = []
        self._analyseur = expat.ParserCreate()
        self._analyseur.StartElementHandler = self._ouvrir
        self._analyseur.EndElementHandler = self._fermer

    def lire(self, contenu: bytes) -> list[tuple[int, str]]:
        self._analyseur.Parse(contenu, True)
        return self._trouvees

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        rang = self._rangs[-1][nom] = self._rangs[-1].get(nom, 0) + 1
        self._chemin.append(f"{nom}[{rang}]")
        self._rangs.append({})
        if attributs.get("V") == _FAUX.decode():
            place = (self._analyseur.CurrentLineNumber, "/" + "/".join(self._chemin))
            self._trouvees.append(place)

    def _fermer(self, _: str) -> None:
        self._chemin.pop()
        self._rangs.pop()


def _confronter(attendues: list[tuple[int, str]], anomalies: list[tuple[str, int, str]]) -> None:
    dites = {(ligne, _simple(chemin)) for regle, ligne, chemin in anomalies if "xsd" in regle}
    oubliees = [place for place in attendues if (place[0], _simple(place[1])) not in dites]
    if oubliees:
        raise Faux(f"{len(oubliees)} erreurs sans leur place, dont {oubliees[0]}")


def _simple(chemin: str) -> str:
    """A path without `[1]` and without the attribute: both writings name the same element."""
    return re.sub(r"\[1\]", "", chemin.partition("/@")[0])


def _xmllint(pes: Path) -> float:
    argv = ["xmllint", "--noout", "--huge", "--schema", str(SCHEMA), str(pes)]
    debut = time.perf_counter()
    fini = subprocess.run(argv, capture_output=True, text=True, check=False)
    duree = time.perf_counter() - debut
    if fini.returncode:
        raise Faux(f"xmllint refuse le fichier de mesure : {fini.stderr.splitlines()[:1]}")
    return duree


if __name__ == "__main__":
    print(json.dumps(isole(Path(sys.argv[1]), int(sys.argv[2]))))
