"""A partner that cuts, refuses, is slow, full, unknown or mad: what SFTP does about it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from tests.contract.transport.simulateur import EnFil, patienter, simulateur
from tests.contract.transport.test_contrat import GRAND, PASSTRANS
from tests.contract.transport.test_depose import colis
from vaguemestre.errors import (
    ConfigurationError,
    ExchangeInterruptedError,
    ExchangeRefusedError,
    ExchangeUncertainError,
)
from vaguemestre.simulators.regles import Pannes, Regles
from vaguemestre.transport.sftp import Acces, SftpTransport


@contextmanager
def partenaire(tmp_path: Path, pannes: Pannes) -> Iterator[tuple[EnFil, SftpTransport]]:
    regles = Regles(controle=False, pannes=pannes)
    with simulateur(tmp_path / "p", regles) as en_fil:
        transport = SftpTransport(en_fil.acces)
        try:
            yield en_fil, transport
        finally:
            transport.close()


def guerir(en_fil: EnFil) -> None:
    en_fil.guichet.regles.pannes = Pannes()


@pytest.mark.parametrize(
    "pannes",
    [
        Pannes(couper_apres=300_000, fois=1),
        Pannes(couper_apres=300_000, fois=2),
        Pannes(couper_apres=0, fois=1),
        Pannes(couper_renommage="avant", fois=1),
        Pannes(couper_renommage="apres", fois=1),
        Pannes(sans_posix=True),
        Pannes(lenteur=0.005),
    ],
    ids=str,
)
def test_surmonte_dans_le_meme_appel(tmp_path: Path, pannes: Pannes) -> None:
    with partenaire(tmp_path, pannes) as (en_fil, transport):
        intentions: list[int] = []
        recu = transport.send(colis(tmp_path, GRAND), lambda: intentions.append(1), False)
        assert recu.mode == ("constate" if pannes.couper_renommage == "apres" else "renomme")
        assert intentions == [1]
        patienter(lambda: en_fil.recus("N.xml"))
        assert en_fil.recus("N.xml") == [GRAND]


@pytest.mark.parametrize(
    "pannes",
    [
        Pannes(couper_apres=50_000),
        Pannes(couper_renommage="avant"),
        Pannes(disque_plein_apres=300_000),
        Pannes(refuser_connexions=True),
    ],
    ids=str,
)
def test_la_panne_dure_puis_cesse(tmp_path: Path, pannes: Pannes) -> None:
    with partenaire(tmp_path, pannes) as (en_fil, transport):
        envoi, intentions = colis(tmp_path, GRAND), list[int]()
        with pytest.raises(ExchangeInterruptedError) as erreur:
            transport.send(envoi, lambda: intentions.append(1), False)
        assert erreur.value.transient
        assert en_fil.recus("N.xml") == []
        guerir(en_fil)
        assert transport.send(envoi, lambda: None, bool(intentions)).mode == "renomme"
        patienter(lambda: en_fil.recus("N.xml"))
        assert en_fil.recus("N.xml") == [GRAND]


def test_un_autre_processus_reprend_la_partie(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes(couper_apres=50_000)) as (en_fil, transport):
        envoi = colis(tmp_path, GRAND)
        with pytest.raises(ExchangeInterruptedError):
            transport.send(envoi, lambda: None, False)
        guerir(en_fil)
        autre = SftpTransport(en_fil.acces)
        assert autre.send(envoi, lambda: None, True).mode == "renomme"
        autre.close()
        patienter(lambda: en_fil.recus("N.xml"))
        assert en_fil.recus("N.xml") == [GRAND]


def test_un_autre_processus_ne_sait_pas_si_tout_est_parti(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes()) as (en_fil, transport):
        envoi = colis(tmp_path, GRAND)
        transport.send(envoi, lambda: None, False)
        autre = SftpTransport(en_fil.acces)
        with pytest.raises(ExchangeUncertainError):
            autre.send(envoi, lambda: None, True)
        autre.close()
        patienter(lambda: en_fil.recus("N.xml"))
        assert en_fil.recus("N.xml") == [GRAND]


def test_le_partenaire_refuse_de_renommer(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes(refuser_renommage=True)) as (en_fil, transport):
        envoi = colis(tmp_path, GRAND)
        with pytest.raises(ExchangeRefusedError, match="partie = false"):
            transport.send(envoi, lambda: None, False)
        guerir(en_fil)
        assert transport.send(envoi, lambda: None, True).mode == "renomme"


@pytest.mark.parametrize("pannes", [Pannes(couper_apres=300_000, fois=1)], ids=str)
def test_passtrans_coupe_en_route(tmp_path: Path, pannes: Pannes) -> None:
    nom = PASSTRANS.format(colis(tmp_path, GRAND).empreinte.sha1)
    with partenaire(tmp_path, pannes) as (en_fil, _):
        transport = SftpTransport(en_fil.acces, partie=False)
        assert transport.send(colis(tmp_path, GRAND, nom), lambda: None, False).mode == "envoye"
        transport.close()
        patienter(lambda: en_fil.recus(nom))
        assert en_fil.recus(nom) == [GRAND]


def test_passtrans_coupe_a_la_fermeture(tmp_path: Path) -> None:
    """Whole, and the answer to the close is lost: known when it is still there, else not."""
    nom = PASSTRANS.format(colis(tmp_path, GRAND).empreinte.sha1)
    with partenaire(tmp_path, Pannes(couper_fermeture=True, fois=1)) as (en_fil, _):
        transport = SftpTransport(en_fil.acces, partie=False)
        envoi = colis(tmp_path, GRAND, nom)
        try:
            assert transport.send(envoi, lambda: None, False).mode in ("deja_la", "envoye")
        except ExchangeUncertainError:
            patienter(lambda: en_fil.recus(nom))
        transport.close()
        present = en_fil.guichet.racine / "depot" / nom
        tenus = [*en_fil.recus(nom), *([present.read_bytes()] if present.exists() else [])]
        assert tenus == [GRAND]


def test_une_session_morte_d_ennui_est_remplacee(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes()) as (en_fil, transport):
        assert transport.names() == frozenset()
        for ligne in list(en_fil.simulateur.lignes):
            ligne.abort()
        assert transport.send(colis(tmp_path), lambda: None, False).mode == "renomme"
        assert transport.names() == frozenset()


def test_acquit_coupe_en_route_n_est_pas_perdu(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes()) as (en_fil, transport):
        acquit = en_fil.guichet.racine / "retrait" / "a.xml"
        acquit.write_bytes(GRAND)
        with pytest.raises(Exception, match="écriture impossible"):
            transport.fetch("a.xml", tmp_path / "absent" / "a.xml")
        assert acquit.exists()
        transport.fetch("a.xml", tmp_path / "a.xml")
        patienter(lambda: not acquit.exists())
        assert (tmp_path / "a.xml").read_bytes() == GRAND


def test_identification_refusee(tmp_path: Path) -> None:
    with partenaire(tmp_path, Pannes()) as (en_fil, _):
        transport = SftpTransport(replace(en_fil.acces, mot_de_passe="faux"))
        with pytest.raises(ExchangeRefusedError, match="refuse l'identification") as erreur:
            transport.names()
        assert "faux" not in erreur.value.message
        assert "repetition" not in repr(en_fil.acces)


def test_cle_d_hote_inconnue_changee_ou_illisible(tmp_path: Path) -> None:
    autre = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()
    with partenaire(tmp_path, Pannes()) as (en_fil, _):
        ou = f"[127.0.0.1]:{en_fil.simulateur.port}"
        for contenu, phrase in (
            ("", "clé d'hôte inconnue .*SHA256:"),
            (f"[127.0.0.1]:1 {autre[0]} {autre[1]}\n", "clé d'hôte inconnue"),
            (f"{ou} {autre[0]} {autre[1]}\n", "ne présente plus la clé connue"),
            (f"{ou} ssh-ed25519 pas-de-la-base64!\n", "illisible|inconnue"),
            (None, "« hôtes connus » illisible"),
        ):
            connus = tmp_path / "connus"
            connus.unlink(missing_ok=True)
            if contenu is not None:
                connus.write_text(contenu)
            transport = SftpTransport(replace(en_fil.acces, hotes_connus=connus))
            with pytest.raises(ExchangeRefusedError, match=phrase):
                transport.send(colis(tmp_path), lambda: pytest.fail("offert"), False)
        assert en_fil.recus("N.xml") == []


@contextmanager
def serveur_fou(bavardage: bytes) -> Iterator[int]:
    """Says `bavardage` to whoever connects, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as ecoute:
        ecoute.settimeout(10)

        def servir() -> None:
            try:
                while True:
                    ligne, _ = ecoute.accept()
                    with ligne:
                        ligne.sendall(bavardage)
            except OSError:
                return

        fil = threading.Thread(target=servir)
        fil.start()
        yield ecoute.getsockname()[1]
        ecoute.shutdown(socket.SHUT_RDWR)
        fil.join()


@pytest.mark.parametrize(
    "bavardage",
    [
        b"",
        b"\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
        bytes(range(256)) * 20,
        b"SSH-2.0-fou\r\n",
        b"SSH-2.0-fou\r\n" + b"\xff" * 4000,
    ],
)
def test_reponse_qui_n_est_pas_du_ssh(tmp_path: Path, bavardage: bytes) -> None:
    (tmp_path / "connus").write_text("")
    with serveur_fou(bavardage) as port:
        acces = Acces(
            hote="127.0.0.1",
            port=port,
            utilisateur="u",
            mot_de_passe="m",
            hotes_connus=tmp_path / "connus",
            delai=3,
        )
        with pytest.raises(ExchangeInterruptedError, match="ne répond pas"):
            SftpTransport(acces).send(colis(tmp_path), lambda: pytest.fail("offert"), False)


def test_protocole_perime(tmp_path: Path) -> None:
    (tmp_path / "connus").write_text("")
    with serveur_fou(b"SSH-1.5-ancien\r\n") as port:
        acces = Acces(
            hote="127.0.0.1",
            port=port,
            utilisateur="u",
            mot_de_passe="m",
            hotes_connus=tmp_path / "connus",
        )
        with pytest.raises(ExchangeRefusedError, match="aucun algorithme sûr"):
            SftpTransport(acces).names()


def test_personne_n_ecoute(tmp_path: Path) -> None:
    (tmp_path / "connus").write_text("")
    acces = Acces(
        hote="127.0.0.1",
        port=1,
        utilisateur="u",
        mot_de_passe="m",
        hotes_connus=tmp_path / "connus",
    )
    with pytest.raises(ExchangeInterruptedError, match="ne répond pas"):
        SftpTransport(acces).names()


def test_algorithmes_faibles_refuses(tmp_path: Path) -> None:
    """A server that only knows old ciphers is refused; what we offer holds nothing weak."""
    from vaguemestre.transport.seance import CHIFFREMENTS, SCELLEMENTS

    faibles = ("cbc", "3des", "sha1", "md5", "arcfour")
    assert not [nom for nom in (*CHIFFREMENTS, *SCELLEMENTS) if any(f in nom for f in faibles)]
    with partenaire(tmp_path, Pannes()) as (_, transport):
        transport.names()
        with transport._session() as session:
            ssh = session.client.get_transport()
            assert ssh is not None
            options = ssh.get_security_options()
            assert set(options.ciphers) <= set(CHIFFREMENTS)
            assert set(options.digests) <= set(SCELLEMENTS)
            assert not [nom for nom in options.kex if nom.endswith("sha1")]
            assert not {"ssh-rsa", "ssh-dss"} & set(options.key_types)
            assert ssh.local_cipher == "aes128-gcm@openssh.com"


def test_simulateur_seulement_sur_cette_machine(tmp_path: Path) -> None:
    acces = Acces(hote="", utilisateur="u", mot_de_passe="m", hotes_connus=tmp_path)
    for hote in ("sftp.dgfip.invalid", "10.0.0.1", "127.0.0.1.invalid", "128.0.0.1"):
        with pytest.raises(ConfigurationError, match="hôte local"):
            SftpTransport(replace(acces, hote=hote), simulateur=True)
    for hote in ("localhost", "127.0.0.1", "127.9.9.9", "::1"):
        SftpTransport(replace(acces, hote=hote), simulateur=True).close()
    for incomplet in (acces, replace(acces, hote="h", utilisateur="")):
        with pytest.raises(ConfigurationError, match="exigé"):
            SftpTransport(incomplet)
    with pytest.raises(ConfigurationError, match="« cle »"):
        SftpTransport(replace(acces, hote="h", mot_de_passe=""))
    (tmp_path / "connus").write_text("")
    cle = SftpTransport(
        replace(acces, hote="h", cle=tmp_path / "absente", hotes_connus=tmp_path / "connus")
    )
    with pytest.raises(ExchangeRefusedError, match="« clé privée » illisible"):
        cle.names()
