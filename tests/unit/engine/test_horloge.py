"""Clocks and identifiers, real and fixed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from vaguemestre.engine.horloge import (
    HorlogeFixe,
    HorlogeSysteme,
    IdentifiantsAleatoires,
    IdentifiantsGraine,
)
from vaguemestre.errors import ConfigurationError

DEPART = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_l_horloge_du_systeme_est_en_utc_a_la_seconde() -> None:
    horloge = HorlogeSysteme()
    horloge.sleep(0)
    now = horloge.now()
    assert now.tzinfo is UTC
    assert now.microsecond == 0


def test_l_horloge_fixe_n_avance_que_si_l_on_dort() -> None:
    horloge = HorlogeFixe(DEPART)
    assert [horloge.now(), horloge.now()] == [DEPART, DEPART]
    horloge.sleep(0.4)
    horloge.sleep(0.7)
    assert horloge.now() == DEPART + timedelta(seconds=1)
    horloge.sleep(9.9)
    assert horloge.now() == DEPART + timedelta(seconds=11)


def test_l_horloge_fixe_demande_un_fuseau() -> None:
    with pytest.raises(ConfigurationError, match="fuseau"):
        HorlogeFixe(DEPART.replace(tzinfo=None))
    nouvelle_caledonie = timezone(timedelta(hours=11))
    assert HorlogeFixe(DEPART.astimezone(nouvelle_caledonie)).now().tzinfo is UTC


@pytest.mark.parametrize("identifiants", [IdentifiantsAleatoires(), IdentifiantsGraine(4)])
def test_forme_des_jetons(identifiants: IdentifiantsAleatoires | IdentifiantsGraine) -> None:
    jetons = {identifiants.jeton() for _ in range(200)}
    assert len(jetons) == 200
    assert all(re.fullmatch("[0-9a-z]{12}", jeton) for jeton in jetons)


def test_une_graine_donne_une_suite() -> None:
    ici, la, ailleurs = IdentifiantsGraine(4), IdentifiantsGraine(4), IdentifiantsGraine(5)
    suite = [ici.jeton() for _ in range(5)]
    assert suite == [la.jeton() for _ in range(5)]
    assert suite != [ailleurs.jeton() for _ in range(5)]
