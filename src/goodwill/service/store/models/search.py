"""What customers are found by: the words of their names, handles and ids."""

from __future__ import annotations

from django.db import models


class SearchWord(models.Model):
    """One word by whose beginning a person is found (live.search_words); made anew from the facts at each valuation."""

    id = models.BigAutoField(primary_key=True)
    word = models.TextField(help_text="in small letters without accents")
    customer_id = models.TextField(help_text="the person")

    class Meta:
        db_table = "search_word"
        # On PostgreSQL by bytes, whatever the database's own order of letters is: a beginning is then one range.
        constraints = [
            models.UniqueConstraint(
                fields=["word", "customer_id"],
                name="search_word_once",
                opclasses=["text_pattern_ops", "text_pattern_ops"],
            )
        ]
        indexes = [
            models.Index(
                fields=["customer_id", "word"],
                name="search_word_of",
                opclasses=["text_pattern_ops", "text_pattern_ops"],
            )
        ]


class SearchedUpto(models.Model):
    """Up to which `row` the facts of a table have been taken into `SearchWord`."""

    table = models.CharField(max_length=40, primary_key=True)
    row = models.BigIntegerField()

    class Meta:
        db_table = "searched_upto"
