"""User: a person in one tenant's pool."""

import secrets
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from tenants.models import TenantManager, TenantOwned


def new_sub() -> str:
    return "u_" + secrets.token_hex(12)


class UserManager(TenantManager["User"], BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(TenantOwned, AbstractBaseUser):
    """`sub` is who the person is to clients and MCP servers: opaque, and different at each tenant."""

    class Role(models.TextChoices):
        MEMBER = "member", "Member"
        ADMIN = "admin", "Admin"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sub = models.CharField(max_length=64, default=new_sub, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint("tenant", Lower("email"), name="users_user_email"),
            models.UniqueConstraint(fields=["tenant", "sub"], name="users_user_sub"),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """An org admin; at the root tenant, an operator. May enter this tenant's Django admin, and no other."""
        return self.is_active and self.role == self.Role.ADMIN

    is_superuser = False

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:  # noqa: ARG002 (Django's signature)
        """Row security says which rows, each ModelAdmin says which actions; the role says only whether at all."""
        return self.is_staff

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 (Django's signature)
        return self.is_staff
