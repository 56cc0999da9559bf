"""The people who work here, what they may do, and what they did."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Colleagues(BaseUserManager["Colleague"]):
    """Makes colleagues."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> Colleague:
        colleague = self.model(email=self.normalize_email(email).lower(), **fields)
        colleague.set_password(password)
        colleague.save()
        return colleague


class Colleague(AbstractBaseUser):
    """Somebody who works with goodwill. Roles, each including the ones after it: admin, agent, analyst, viewer.

    An analyst sees all but acts on nothing; a viewer sees figures, and persons only as counts.
    """

    ROLES = ("admin", "agent", "analyst", "viewer")

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, default="")
    role = models.CharField(max_length=10, default="viewer")
    zone = models.CharField(max_length=60, default="", help_text="IANA zone; empty: the firm's")
    on_duty = models.JSONField(default=list, help_text="hours in which alerts may reach them: [[day, from, to], …]")
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = Colleagues()

    class Meta:
        db_table = "colleague"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "agent", "analyst", "viewer"]), name="colleague_role_allowed"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, role: str) -> bool:
        """Whether they have this role or one that includes it."""
        return self.is_active and self.ROLES.index(self.role) <= self.ROLES.index(role)


class Invitation(models.Model):
    """A place offered to somebody; or a way back in for somebody who is here already. The secret is kept hashed."""

    digest = models.CharField(max_length=64, primary_key=True)
    email = models.EmailField()
    role = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, default="invite", help_text="'invite' or 'sign-in'")
    by = models.ForeignKey(Colleague, models.CASCADE, null=True)
    made = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()
    used = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"


class Token(models.Model):
    """A program's key to the API. Only its hash is kept: what is shown once cannot be shown again."""

    SCOPES = ("read", "write", "admin", "recognise")

    name = models.CharField(max_length=80, primary_key=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    scopes = models.JSONField(default=list)
    by = models.ForeignKey(Colleague, models.SET_NULL, null=True)
    made = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        db_table = "token"


class Audit(models.Model):
    """Who saw or did what, for which purpose. The customer's door shows the lines about them."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    who = models.CharField(max_length=254, help_text="a colleague's e-mail, 'token NAME', or 'goodwill'")
    act = models.CharField(max_length=60)
    customer_id = models.TextField(null=True, db_index=True)
    what = models.TextField(default="")
    purpose = models.CharField(max_length=60, default="")

    class Meta:
        db_table = "audit"
        indexes = [
            models.Index(fields=["who", "act", "at"], name="audit_who"),
            # The page's filters, the latest first.
            models.Index(fields=["who", "id"], name="audit_of_who"),
            models.Index(fields=["act", "id"], name="audit_of_act"),
            # Who tries to sign in, by machine; what was seen of customers, which is most, is not in it.
            models.Index(fields=["act", "at"], condition=models.Q(customer_id__isnull=True), name="audit_act"),
        ]


class View(models.Model):
    """A saved view: a name for a filter."""

    id = models.BigAutoField(primary_key=True)
    by = models.ForeignKey(Colleague, models.CASCADE)
    name = models.CharField(max_length=80)
    page = models.CharField(max_length=40)
    query = models.TextField()
    shared = models.BooleanField(default=False)

    class Meta:
        db_table = "view"
