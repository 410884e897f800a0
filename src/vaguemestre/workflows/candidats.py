"""PES files of one deposit, on their way to become flux: examined, confronted, inscribed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from typing_extensions import override

from vaguemestre.config.sections import Collectivite, Partenaire
from vaguemestre.domain.flux import (
    BordereauInscrit,
    Etat,
    EtatChange,
    Fait,
    FluxOuvert,
    PjInscrite,
)
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite, ZoneError
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.parite import comparer
from vaguemestre.intake.convention import controler_convention
from vaguemestre.intake.depot import DepotLu
from vaguemestre.pes.build import PesEcrit
from vaguemestre.pes.decoupe import proposer_decoupe
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.pes.sommaire import BordereauVu, Sommaire
from vaguemestre.ports import Empreinte, Memoire
from vaguemestre.signature.verification import REVOCATION_INCONNUE, verifier
from vaguemestre.transport.nommage import nom_pesalr2
from vaguemestre.workflows.fabrique import Cumuls, trop_gros
from vaguemestre.workflows.maison import DepotPris, Maison, departs_de, empreinte_json
from vaguemestre.workflows.pieces import Envoi
from vaguemestre.workflows.reglages import reglages_de
from vaguemestre.workflows.relais import Relais


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidat:
    """A PES file that may become a flux; `tout_fait`: the sender made it."""

    chemin: Path
    empreinte: Empreinte
    sommaire: Sommaire
    tout_fait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inscrit:
    """A flux that opens, with what it adds to the register.

    `a_signer`: it carries a bordereau and no signature yet (a PJ-only flux is sent unsigned).
    """

    flux: str
    nom: str
    empreinte: Empreinte
    a_signer: bool
    faits: tuple[Fait, ...]

    def as_json(self) -> dict[str, object]:
        fiche = empreinte_json(self.nom, self.empreinte)
        return {"flux": self.flux, "a_signer": self.a_signer, **fiche}


class Voisins(Relais):
    """The register as one file of a deposit must see it: its neighbours count as sent."""

    def __init__(
        self,
        memoire: Memoire,
        pjs: dict[str, str],
        totaux: dict[object, Decimal],
        lues: Mapping[tuple[str, str], str | None] | None = None,
        derniers: Mapping[object, int] | None = None,
    ) -> None:
        """`lues`: what the register has already answered about PJ, by CodCol and IdUnique;
        `derniers`: the highest IdBord of the neighbours, by series.
        """
        super().__init__(memoire)
        self._pjs, self._totaux = pjs, totaux
        self._lues, self._derniers = lues or {}, derniers or {}

    @override
    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        if (voisine := self._pjs.get(id_unique)) is not None:
            return voisine
        if (cod_col, id_unique) in self._lues:
            return self._lues[cod_col, id_unique]
        return self._memoire.pj_connue(cod_col, id_unique)

    @override
    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        """A PJ of the same deposit leaves with it: no answer is waited for."""
        if id_unique in self._pjs:
            return True
        return self._memoire.pj_acceptee(cod_col, id_unique)

    @override
    def dernier_bordereau(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> int | None:
        connu = self._memoire.dernier_bordereau(cod_col, cod_bud, domaine, exercice, type_)
        voisin = self._derniers.get((cod_bud, domaine, exercice, type_))
        return max((n for n in (connu, voisin) if n is not None), default=None)

    @override
    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        avant = self._memoire.cumul(cod_col, cod_bud, domaine, exercice, type_)
        if avant is None:
            return None
        return avant + self._totaux.get((cod_bud, domaine, exercice, type_), Decimal(0))


class Controleur:
    """Checks the files of one deposit one after the other; what it finds is in `anomalies`."""

    def __init__(self, maison: Maison, collectivite: Collectivite, jour: date) -> None:
        self._maison = maison
        self._collectivite = collectivite
        self._jour = jour
        self._memoire = maison.memoire(collectivite)
        self._pjs: dict[str, str] = {}
        self._totaux: dict[object, Decimal] = {}
        self._lues: dict[tuple[str, str], str | None] = {}
        self._derniers: dict[object, int] = {}
        self._envoi = Envoi(collectivite=collectivite)
        self.cumuls = Cumuls(
            self._memoire,
            collectivite.code,
            maison.config.pes.cumul_base,
            frozenset(departs_de(collectivite)),
        )
        self.anomalies: list[Anomalie] = []
        self.dernier_vu: Sommaire | None = None

    def pj_connues(self, noms: Iterable[str]) -> frozenset[str]:
        """Those that the partner already has, or that are on their way."""
        code = self._collectivite.code
        trouvees = {nom: self._memoire.pj_connue(code, nom) for nom in noms}
        self._lues |= {(code, nom): flux for nom, flux in trouvees.items()}
        return frozenset(nom for nom, flux in trouvees.items() if flux is not None)

    def examiner(
        self, fichiers: Iterator[tuple[Path, PesEcrit | None]], lu: DepotLu
    ) -> tuple[Candidat, ...]:
        """Every file, with all its findings; a file that cannot be read is no candidate.

        Raises:
            DocumentError: while files are being made (see `Atelier`).
        """
        if lu.pes_tout_fait is not None:
            self._pjs.update((pj.id_unique, "ce dépôt") for pj in lu.pjs)
        self._envoi = Envoi(
            collectivite=self._collectivite, declarations=lu.declarations, pjs=lu.pjs
        )
        candidats = []
        for chemin, ecrit in fichiers:
            if ecrit is not None and lu.pes_tout_fait is not None:
                self._pjs.clear()
            vu = self._un(chemin)
            if vu is None:
                continue
            if vu.bordereaux and not any(anomalie.bloquante for anomalie in self.anomalies):
                self.anomalies += jumeau_possible(self._maison, self._collectivite, chemin)
            if ecrit is not None:
                empreinte = self._maison.coffre.ranger(chemin, lier=True, connue=ecrit.empreinte)
            else:
                empreinte = self._maison.coffre.ranger(chemin)
                self._tout_fait(chemin, vu, empreinte.taille, lu)
            candidats.append(
                Candidat(chemin=chemin, empreinte=empreinte, sommaire=vu, tout_fait=ecrit is None)
            )
        if lu.pes_tout_fait is None:
            self._convention(lu)
        return tuple(candidats)

    def _un(self, chemin: Path) -> Sommaire | None:
        examen = examiner(
            chemin,
            schemas=self._maison.schemas,
            memoire=Voisins(self._memoire, self._pjs, self._totaux, self._lues, self._derniers),
            reglages=replace(
                reglages_de(self._maison.config, self._collectivite),
                pieces=self._maison.pieces.pour(self._envoi),
            ),
        )
        self.anomalies += examen.anomalies
        vu = self.dernier_vu = examen.sommaire
        if vu is not None:
            self._pjs.update((pj.id_unique, "ce dépôt") for pj in vu.pjs)
            for bordereau in vu.bordereaux:
                serie = (vu.cod_bud, bordereau.domaine, bordereau.exercice, bordereau.type)
                tva = bordereau.montant_tva if self.cumuls.base == "ttc" else Decimal(0)
                avant = self._totaux.get(serie, Decimal(0))
                self._totaux[serie] = avant + bordereau.montant_ht + tva
                self._derniers[serie] = max(self._derniers.get(serie, 0), bordereau.numero)
        return vu

    def _tout_fait(self, chemin: Path, vu: Sommaire, taille: int, lu: DepotLu) -> None:
        """What concerns only a file that the sender's software made."""
        self.anomalies += _parametrage(vu, self._collectivite)
        if vu.signatures:
            self.anomalies += self._signatures(chemin)
        limite = self._maison.config.pes.taille_max
        if taille > limite:
            self.anomalies.append(trop_gros(taille, limite, proposer_decoupe(chemin, limite)))
        if self._collectivite.convention:
            pes = lire(chemin)
            self.anomalies += controler_convention(
                pes.bordereaux,
                (*pes.pieces_justificatives, *lu.pjs),
                self._collectivite,
                vu.cod_bud,
                self._jour,
                lu.declarations,
            )

    def _signatures(self, chemin: Path) -> Iterator[Anomalie]:
        """What is wrong with a file that came signed; an unknown revocation is for the sending."""
        confiance = self._maison.confiance(self._collectivite)
        verification = verifier(chemin, confiance, self._maison.horloge.now())
        for anomalie in verification.toutes:
            if anomalie.regle != REVOCATION_INCONNUE:
                yield replace(anomalie, fichier=anomalie.fichier or chemin.name)

    def _convention(self, lu: DepotLu) -> None:
        for code, bordereaux in lu.bordereaux.items():
            refs = {ref.id_unique for bordereau in bordereaux for ref in bordereau.pj_refs}
            pjs = [pj for pj in lu.pjs if pj.id_unique in refs]
            self.anomalies += controler_convention(
                bordereaux, pjs, self._collectivite, code, self._jour, lu.declarations
            )
        for code, seules in lu.seules.items():
            self.anomalies += controler_convention(
                (), seules, self._collectivite, code, self._jour, lu.declarations
            )

    def inscrire(self, depot: DepotPris, candidats: Iterable[Candidat]) -> tuple[Inscrit, ...]:
        """One flux per file."""
        return tuple(self._inscrire(depot, candidat) for candidat in candidats)

    def _inscrire(self, depot: DepotPris, candidat: Candidat) -> Inscrit:
        vu = candidat.sommaire
        flux = f"F{self._maison.registre.reserver('flux'):08d}"
        nom = f"{vu.nomfic}.xml" if not candidat.tout_fait else self._nom_fil()
        ouvert = FluxOuvert(
            flux=flux,
            depot=depot.identifiant,
            collectivite=self._collectivite.dossier,
            cod_col=vu.cod_col,
            cod_bud=vu.cod_bud,
            nomfic=vu.nomfic,
            nom_fil=nom,
            partenaire=partenaire_de(self._maison, self._collectivite).nom,
        )
        faits: list[Fait] = [ouvert]
        faits += [self._bordereau(flux, vu, bordereau) for bordereau in vu.bordereaux]
        faits += [
            PjInscrite(flux=flux, cod_col=vu.cod_col, id_unique=pj.id_unique, nom=pj.nom)
            for pj in vu.pjs
        ]
        faits.append(EtatChange(flux=flux, etat=Etat.CONTROLE))
        return Inscrit(
            flux=flux,
            nom=nom,
            empreinte=candidat.empreinte,
            a_signer=bool(vu.bordereaux) and not vu.signatures,
            faits=tuple(faits),
        )

    def _bordereau(self, flux: str, vu: Sommaire, bordereau: BordereauVu) -> BordereauInscrit:
        cumul = bordereau.cumul
        if cumul is None:
            serie = (vu.cod_bud, bordereau.domaine, bordereau.exercice, bordereau.type)
            cumul = self.cumuls.ajouter(serie, bordereau.montant_ht, bordereau.montant_tva)
        return BordereauInscrit(
            flux=flux,
            cod_col=vu.cod_col,
            cod_bud=vu.cod_bud,
            domaine=bordereau.domaine,
            exercice=bordereau.exercice,
            type=bordereau.type,
            numero=bordereau.numero,
            pieces=bordereau.pieces,
            montant_ht=bordereau.montant_ht,
            montant_tva=bordereau.montant_tva,
            cumul=cumul,
        )

    def _nom_fil(self) -> str:
        siren = self._collectivite.siret[:9]
        rang = self._maison.registre.reserver(f"fil {siren} {self._jour:%y%m%d}")
        return nom_pesalr2(siren, self._jour, rang)


def jumeau_possible(
    maison: Maison, collectivite: Collectivite, chemin: Path
) -> tuple[Anomalie, ...]:
    """What stands against the INDIGO twin of this PES, said before anything is signed or sent."""
    profil = maison.dessin(collectivite)
    if profil is None:
        return ()
    document = lire(chemin)
    try:
        fichiers = convertir(document, profil, sequence=1, monnaie=collectivite.monnaie)
    except ZoneError as error:
        return error.anomalies
    remarques = tuple(anomalie for fichier in fichiers for anomalie in fichier.anomalies)
    return remarques + comparer(document, fichiers, profil)


def partenaire_de(maison: Maison, collectivite: Collectivite) -> Partenaire:
    """Where this body sends.

    Raises:
        ConfigurationError: no such partner.
    """
    found = maison.config.partenaire(collectivite.partenaire)
    if found is None:
        raise ConfigurationError(
            f"partenaire « {collectivite.partenaire} » de « {collectivite.dossier} » inconnu"
        )
    return found


def _parametrage(vu: Sommaire, collectivite: Collectivite) -> Iterator[Anomalie]:
    """The header against what is configured for this folder (pes.md §13 row 5: rejet du flux)."""
    budgets = {budget.code for budget in collectivite.budgets}
    attendus = (
        ("collectivite", "CodCol", "code collectivité", vu.cod_col, {collectivite.code}),
        ("poste", "IdPost", "poste comptable", vu.id_post, {collectivite.poste}),
        ("budget", "CodBud", "code budget", vu.cod_bud, budgets or {vu.cod_bud}),
    )
    for regle, balise, quoi, valeur, admis in attendus:
        if valeur not in admis:
            yield Anomalie(
                f"depot.{regle}",
                "en-tête",
                f"ce PES porte le {quoi} {valeur}, ce dossier de dépôt attend"
                f" {' ou '.join(sorted(admis))} ({collectivite.nom})",
                Gravite.REJET_FLUX,
                chemin=f"/n:PES_Aller/EnTetePES/{balise}",
                valeur=valeur,
                conseil="Déposer le fichier dans le dossier de sa collectivité, ou corriger"
                " l'en-tête dans le logiciel ; l'exploitant vérifie vaguemestre.toml.",
            )
