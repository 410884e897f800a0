"""`[collectivite.ormc]`: how a body and its accountant make the keys of an article de rôle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class ClesOrmc(BaseModel):
    """The formulas of Cle1 and Cle2; none by default: no official one was found (pes.md §7.6).

    A formula chosen here lets `check` warn of another key, never block, and `build` fill in one
    that the deposit leaves empty. `code_collectivite`: as the accountant gave it for the keys, ''
    is the CodCol; `code_nature`: '' is the two first characters of the product code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cle1: Literal["", "modulo11-nature", "modulo11-role"] = ""
    cle2: Literal["", "modulo23"] = ""
    code_collectivite: Annotated[str, Field(pattern=r"^[0-9]{0,3}$")] = ""
    code_nature: Annotated[str, Field(pattern=r"^[0-9A-Z]{0,2}$")] = ""
