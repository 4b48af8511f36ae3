"""What is kept of pictures, and which versions may be the same."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel

BANDS = 8


class Fingerprint(TenantModel):
    """What the previews of a master look like; without `Look`s where they show nothing, or cannot be read.

    `recipe` counts up with the way in which it is taken. Units: `duration` in seconds, null for stills.
    """

    master = models.ForeignKey(
        "assets.Master", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16)
    duration = models.FloatField(null=True)
    recipe = models.PositiveIntegerField()

    class Meta:
        db_table = "similarity_fingerprint"
        constraints = [
            models.UniqueConstraint(fields=["organization", "master"], name="similarity_fingerprint_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.master_id}"


class Look(TenantModel):
    """One picture of a master: the still itself, or at `place` one of a film's.

    The bands are what it is looked up by (`similarity.media.likeness`), in columns whose comparison row-level
    security lets an index decide; `sample` is what is compared in the end.
    """

    fingerprint = models.ForeignKey(
        Fingerprint, on_delete=models.CASCADE, related_name="looks", db_constraint=False, db_index=False
    )
    place = models.SmallIntegerField(default=0)
    band0 = models.IntegerField()
    band1 = models.IntegerField()
    band2 = models.IntegerField()
    band3 = models.IntegerField()
    band4 = models.IntegerField()
    band5 = models.IntegerField()
    band6 = models.IntegerField()
    band7 = models.IntegerField()
    sample = models.BinaryField()

    class Meta:
        db_table = "similarity_look"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "fingerprint", "place"], name="similarity_look_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", f"band{each}"], name=f"similarity_look_band{each}")
            for each in range(BANDS)
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint_id} {self.place}"


class Pair(TenantModel):
    """Two versions that may be the same, and what people said of it.

    `first` is the one with the smaller id. What was dismissed stays dismissed, however often it is found again.
    """

    class Kind(models.TextChoices):
        EXACT = "exact"
        NEAR = "near"

    class State(models.TextChoices):
        OPEN = "open"
        DISMISSED = "dismissed"
        MERGED = "merged"

    first = models.ForeignKey(
        "assets.Version", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    second = models.ForeignKey(
        "assets.Version", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    score = models.FloatField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "similarity_pair"
        constraints = [
            models.UniqueConstraint(fields=["organization", "first", "second"], name="similarity_pair_once")
        ]
        indexes = [
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=models.Q(state="open"),
                name="similarity_pair_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first_id} {self.second_id}"
