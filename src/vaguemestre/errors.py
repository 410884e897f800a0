"""All that can go wrong: findings, which travel as data, and faults, which are raised.

An *anomalie* is a finding about a document; they are collected, all at once.
An *error* is a fault; the class says who acts next:

* VaguemestreError
  + ConfigurationError             the operator edits the configuration
  + UsageError                     the person at the keyboard corrects the command
  + DepotError                     the sender completes the deposit
  + DocumentError                  the sender corrects the document (carries anomalies)
    - IllisibleError               a file that cannot be read at all (ack, verify)
    - ZoneError                    a value does not fit its zone
  + SignatureError                 the signatory renews or unlocks a certificate
  + ExchangeError                  a partner system answered wrongly
    - ExchangeInterruptedError     ... and may answer well later: retried
    - ExchangeRefusedError         ... and will not: the operator calls the partner
    - ExchangeUncertainError       ... and nobody knows whether it got the file
  + RessourceError                 disk full, database locked: retried
  + VerrouError                    a daemon already works on this folder
  + IntegrityError                 evidence no longer matches: everything stops

Exit codes are stable for ever (`help errors`); 2 is wrong usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Gravite(Enum):
    """How far a finding carries, in the words of the PES documentation."""

    REJET_FLUX = "rejet_flux"
    REJET_BORDEREAU = "rejet_bordereau"
    REJET_PJ = "rejet_pj"
    AVERTISSEMENT = "avertissement"


@dataclass(frozen=True, slots=True)
class Anomalie:
    """A finding about a document: which rule, where, what, how grave, what to do.

    `regle` begins with `xsd.`, `xml.`, `pes.`, `sig.`, `pj.`, `registre.`, `depot.` or
    `indigo.` (INTERFACE, « check --json »). `ligne` and `colonne` count from 1; `chemin` is an
    XPath or, for a spreadsheet, the name of a column. `attendu`: the value or form that would
    have been right, as a clerk would write it, where the rule knows it.
    """

    regle: str
    ref: str
    message: str
    gravite: Gravite = Gravite.REJET_FLUX
    ligne: int | None = None
    colonne: int | None = None
    chemin: str = ""
    valeur: str | None = None
    conseil: str = ""
    fichier: str = ""
    attendu: str = ""

    @property
    def bloquante(self) -> bool:
        return self.gravite is not Gravite.AVERTISSEMENT

    def as_json(self) -> dict[str, object]:
        """The shape that INTERFACE promises to scripts; `attendu` only where it is known."""
        document: dict[str, object] = {
            "regle": self.regle,
            "gravite": self.gravite.value,
            "ref": self.ref,
            "fichier": self.fichier,
            "ligne": self.ligne,
            "colonne": self.colonne,
            "chemin": self.chemin,
            "valeur": self.valeur,
            "message": self.message,
            "conseil": self.conseil,
        }
        if self.attendu:
            document["attendu"] = self.attendu
        return document


class VaguemestreError(Exception):
    """Base. `code` is stable and documented; `hint` says who does what next."""

    code: ClassVar[str] = "VGM-000"
    exit_code: ClassVar[int] = 99
    transient: ClassVar[bool] = False
    hint: ClassVar[str] = "Consulter le journal, puis contacter l'exploitation."

    def __init__(self, message: str, *, ref: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.ref = ref


class ConfigurationError(VaguemestreError):
    """The configuration is wrong or incomplete."""

    code = "VGM-100"
    exit_code = 10
    hint = "L'exploitant corrige vaguemestre.toml, puis relance « vaguemestre doctor »."


class UsageError(VaguemestreError):
    """The command was called wrongly."""

    code = "VGM-110"
    exit_code = 2
    hint = "Corriger la commande ; « vaguemestre help » liste les commandes."


class DepotError(VaguemestreError):
    """The deposit is incomplete or cannot be taken; carries its anomalies."""

    code = "VGM-200"
    exit_code = 20
    hint = "L'émetteur complète ou corrige le dépôt, puis le redépose."

    def __init__(
        self, message: str, *, ref: str = "", anomalies: tuple[Anomalie, ...] = ()
    ) -> None:
        super().__init__(message, ref=ref)
        self.anomalies = anomalies


class DocumentError(VaguemestreError):
    """The document breaks a rule of the protocol."""

    code = "VGM-300"
    exit_code = 30
    hint = "Corriger le document dans le logiciel émetteur, puis le redéposer."

    def __init__(
        self, message: str, *, ref: str = "", anomalies: tuple[Anomalie, ...] = ()
    ) -> None:
        super().__init__(message, ref=ref)
        self.anomalies = anomalies


class IllisibleError(DocumentError):
    """The file cannot be read as what it should be."""

    code = "VGM-301"
    exit_code = 31
    hint = "Vérifier que le bon fichier a été donné et qu'il est complet."


class ZoneError(DocumentError):
    """A value does not fit its zone; nothing is ever truncated."""

    code = "VGM-310"
    exit_code = 33


class SignatureInvalideError(DocumentError):
    """`verify --strict`: a signature is missing or not valid."""

    code = "VGM-320"
    exit_code = 32
    hint = "Faire signer de nouveau le bordereau par l'ordonnateur."


class SignatureError(VaguemestreError):
    """The signature cannot be made: certificate, key, password."""

    code = "VGM-400"
    exit_code = 40
    hint = "Le signataire renouvelle ou déverrouille son certificat."


class ExchangeError(VaguemestreError):
    """A partner system answered wrongly, or not at all."""

    code = "VGM-500"
    exit_code = 50


class ExchangeInterruptedError(ExchangeError):
    """The exchange may succeed later; the engine retries it."""

    code = "VGM-510"
    exit_code = 51
    transient = True
    hint = "Aucune action : nouvel essai automatique."


class ExchangeRefusedError(ExchangeError):
    """The partner refused; retrying cannot help."""

    code = "VGM-520"
    exit_code = 52
    hint = "L'exploitant vérifie le raccordement avec le partenaire."


class ExchangeUncertainError(ExchangeError):
    """The file may or may not have reached the partner; only a person or the acquit knows."""

    code = "VGM-530"
    exit_code = 53
    hint = "Attendre l'acquit, ou trancher avec « vaguemestre flux resolve »."


class RessourceError(VaguemestreError):
    """Disk full, database locked, file busy: the engine retries."""

    code = "VGM-600"
    exit_code = 60
    transient = True
    hint = "L'exploitant libère de la place ou la ressource ; le travail reprend seul."


class VerrouError(VaguemestreError):
    """Another daemon already works on this folder."""

    code = "VGM-610"
    exit_code = 61
    hint = "Un seul démon par dossier : arrêter l'autre, ou lui laisser le travail."


class IntegrityError(VaguemestreError):
    """Evidence no longer matches: everything stops."""

    code = "VGM-900"
    exit_code = 90
    hint = "Ne rien effacer ; conserver la base et le coffre, appeler l'exploitation."
