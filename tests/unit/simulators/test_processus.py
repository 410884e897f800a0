"""The simulator as its own process: readiness line, help, late answers, SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.transport.simulateur import patienter, simulateur
from tests.contract.transport.test_depose import colis
from tests.unit.simulators.pes import bordereau, pes
from tests.unit.simulators.test_guichet import verdicts
from vaguemestre.errors import ExchangeRefusedError
from vaguemestre.simulators.__main__ import arguments, main
from vaguemestre.simulators.regles import Regles
from vaguemestre.transport.sftp import Acces, SftpTransport

RACINE = Path(__file__).resolve().parents[3]


@contextmanager
def processus(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Acces]]:
    env = {**os.environ, "PYTHONPATH": str(RACINE / "src")}
    env["VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE"] = "essai"
    commande = [sys.executable, "-m", "vaguemestre.simulators", "dgfip"]
    commande += ["--racine", str(tmp_path / "dgfip"), *options]
    with subprocess.Popen(commande, stdout=subprocess.PIPE, text=True, env=env) as lance:
        try:
            assert lance.stdout is not None
            annonce = json.loads(lance.stdout.readline())
            assert annonce["pret"] is True
            yield (
                lance,
                Acces(
                    hote=annonce["adresse"],
                    port=annonce["port"],
                    utilisateur=annonce["utilisateur"],
                    mot_de_passe="essai",
                    hotes_connus=Path(annonce["hotes_connus"]),
                ),
            )
        finally:
            lance.send_signal(signal.SIGTERM)
            assert lance.wait(20) == 0


def test_un_envoi_son_acquit_et_un_arret_propre(tmp_path: Path) -> None:
    regles = tmp_path / "regles.json"
    regles.write_text(json.dumps({"controle": False, "regles": [{"reponse": "partiel"}]}))
    with processus(tmp_path, "--regles", str(regles)) as (_, acces):
        transport = SftpTransport(acces, simulateur=True)
        transport.send(colis(tmp_path, pes(), "PESALR2_1.xml"), lambda: None, False)
        patienter(transport.names)
        [nom] = transport.names()
        assert nom.startswith("034011_")
        assert nom.endswith("-ACK-PESALR2_1.xml")
        transport.fetch(nom, tmp_path / "acquit.xml")
        attendu = [("5", "0", "12"), ("4", "1", "PJ0001"), ("4", "1", "PJ0002")]
        assert verdicts((tmp_path / "acquit.xml").read_bytes()) == attendu
        patienter(lambda: not transport.names())
        transport.close()


def test_une_reponse_tardive_survit_a_un_redemarrage(tmp_path: Path) -> None:
    regles = Regles.model_validate({"controle": False, "regles": [{"delai": 1.0}]})
    with simulateur(tmp_path / "p", regles) as en_fil:
        transport = SftpTransport(en_fil.acces)
        transport.send(colis(tmp_path, pes()), lambda: None, False)
        transport.close()
    assert list((tmp_path / "p" / "retrait").iterdir()) == []
    assert len(list((tmp_path / "p" / "attente").iterdir())) == 1
    with simulateur(tmp_path / "p", regles):
        patienter(lambda: list((tmp_path / "p" / "retrait").iterdir()))


def test_ce_qu_une_autre_vie_a_laisse_est_pris(tmp_path: Path) -> None:
    (tmp_path / "p" / "depot").mkdir(parents=True)
    (tmp_path / "p" / "depot" / "a.xml").write_bytes(pes())
    (tmp_path / "p" / "depot" / "b.xml.part").write_bytes(pes())
    with simulateur(tmp_path / "p") as en_fil:
        patienter(lambda: en_fil.recus("a.xml"))
    assert [p.name for p in (tmp_path / "p" / "depot").iterdir()] == ["b.xml.part"]


def test_rien_d_autre_n_est_visible(tmp_path: Path) -> None:
    with simulateur(tmp_path / "p") as en_fil:
        for dossier in (".", "recus", "../p/recus", "/", "depot/../recus"):
            transport = SftpTransport(en_fil.acces, retrait=dossier)
            if dossier in (".", "/"):
                assert transport.names() == frozenset()
                with pytest.raises(ExchangeRefusedError):
                    transport.fetch("cle_hote", tmp_path / "vol")
            else:
                with pytest.raises(ExchangeRefusedError):
                    transport.names()
            transport.close()
    assert not (tmp_path / "vol").exists()


def test_quarante_flux_repondent_a_leur_nom(tmp_path: Path) -> None:
    with simulateur(tmp_path / "p") as en_fil:
        transport = SftpTransport(en_fil.acces)
        for i in range(1, 41):
            contenu = pes([bordereau(i)], nomfic=f"FLUX_{i}", pjs=[f"PJ{i}"])
            transport.send(colis(tmp_path, contenu, f"F{i}.xml"), lambda: None, False)
        patienter(lambda: len(transport.names()) == 40)
        transport.close()
        assert sorted(str(e["nomfic"]) for e in en_fil.registre()) == sorted(
            f"FLUX_{i}" for i in range(1, 41)
        )


def test_aide_et_fautes_de_commande(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["dgfip", "--help"])
    aide = capsys.readouterr().out
    assert "couper_renommage" in aide
    assert '"reponse": "partiel"' in aide
    faux = tmp_path / "faux.json"
    faux.write_text("{")
    assert main(["dgfip", "--racine", str(tmp_path), "--regles", str(faux)]) == 10
    assert "règles du simulateur" in capsys.readouterr().err
    fichier = tmp_path / "fichier"
    fichier.write_text("")
    assert main(["dgfip", "--racine", str(fichier), "--sans-controle"]) == 1
    assert "ne démarre pas" in capsys.readouterr().err
