"""Reports on files that hold everything that is hard to show."""

from __future__ import annotations

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.rapport.modele import FichierVu, Rapport, RegleDite

PIEGES = (
    '=HYPERLINK("http://exemple.invalid";"clic")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    " =1+1",
    "＝1",
    "<script>alert(1)</script>",
    'a;b"c\nd',
    "cloche \x07",
    "œuvre d’août — 12 € … 中文 \U0001f600",
    "A" * 40_000,
)


def anomalie(rang: int, valeur: str, *, regle: str = "pes.bordereau.nbrpce") -> Anomalie:
    return Anomalie(
        regle,
        f"bordereau {rang} / mandat 832 / ligne 4",
        f"le bordereau annonce {rang} mandat(s) et en contient 2",
        Gravite.REJET_BORDEREAU,
        ligne=41,
        colonne=7,
        chemin="/n:PES_Aller/PES_DepenseAller/Bordereau[1]/BlocBordereau/NbrPce",
        valeur=valeur,
        conseil="Corriger le nombre de pièces.",
        fichier="pes <1>.xml",
        attendu="2",
    )


def rapport(*valeurs: str, quand: str = "") -> Rapport:
    """A refused file with one finding for each value and two others, and an accepted file."""
    anomalies = (
        Anomalie("pj.format", "PJ b", "à vérifier", Gravite.AVERTISSEMENT, fichier="pes <1>.xml"),
        *(anomalie(rang, valeur) for rang, valeur in enumerate(valeurs, 1)),
        Anomalie(
            "xsd.nbrpce.nombre", "fichier", "illisible", ligne=2, chemin="/", conseil="Refaire."
        ),
    )
    return Rapport(
        titre="Contrôle d'essai — œuvre",
        version="9.9.9",
        quand=quand,
        fichiers=(
            FichierVu(
                nom="depots/pes <1>.xml",
                verdict="rejete",
                schema="5.30",
                anomalies=anomalies,
                bordereaux=1,
                pieces=3,
                pj=2,
                total_ht="1234.56",
            ),
            FichierVu(nom="/tmp/été 2.xml", verdict="accepte", schema="5.30"),
        ),
        catalogue=(
            RegleDite(
                id="pes.bordereau.nbrpce",
                gravite=Gravite.REJET_BORDEREAU,
                enonce="NbrPce is the number of Piece.",
                source="pes.md §5.5",
                confiance="officiel",
            ),
            RegleDite(id="pes.autre", gravite=Gravite.AVERTISSEMENT, enonce="Other."),
        ),
    )
