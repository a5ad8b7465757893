"""A Flask service written the usual way: PyJWKClient, ORM objects, jsonify."""

import os
import uuid

import jwt
from flask import Flask, abort, g, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace(
    "postgresql://", "postgresql+psycopg://"
)
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 9, "max_overflow": 0}
db = SQLAlchemy(app)
ISSUER = os.environ["BETTER_AUTH_URL"]
jwks = jwt.PyJWKClient(f"{ISSUER}/api/auth/jwks")

task_tags = db.Table(
    "task_tags",
    db.Column("user_id", db.Uuid, primary_key=True),
    db.Column("task_id", db.ForeignKey("tasks.id"), primary_key=True),
    db.Column("tag_id", db.ForeignKey("tags.id"), primary_key=True),
)


class Tag(db.Model):
    __tablename__ = "tags"
    id = db.Column(db.Uuid, primary_key=True)
    name = db.Column(db.Text)
    color = db.Column(db.Text)


class Task(db.Model):
    __tablename__ = "tasks"
    id = db.Column(db.Uuid, primary_key=True)
    user_id = db.Column(db.Uuid)
    title = db.Column(db.Text)
    description = db.Column(db.Text)
    completed_at = db.Column(db.DateTime(timezone=True))
    priority = db.Column(db.SmallInteger)
    due_date = db.Column(db.DateTime(timezone=True))
    position = db.Column(db.BigInteger)
    created_at = db.Column(db.DateTime(timezone=True))
    updated_at = db.Column(db.DateTime(timezone=True))
    version = db.Column(db.Integer)
    tags = db.relationship(Tag, secondary=task_tags)

    def to_dict(self):
        return {
            "id": str(self.id),
            "user_id": str(self.user_id),
            "title": self.title,
            "description": self.description,
            "completed": self.completed_at is not None,
            "priority": self.priority,
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "position": self.position,
            "tags": [{"id": str(t.id), "name": t.name, "color": t.color} for t in self.tags],
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "version": self.version,
        }


class User(db.Model):
    __tablename__ = "user"
    id = db.Column(db.Text, primary_key=True)
    uuid = db.Column(db.Uuid)


@app.before_request
def authenticate():
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    key = jwks.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, ["EdDSA"], issuer=ISSUER, audience=ISSUER)
    g.user = db.session.scalar(select(User).where(User.uuid == uuid.UUID(claims["uuid"])))
    if g.user is None:
        abort(401)


@app.get("/api/v1/<uuid:user_id>/tasks")
def tasks(user_id):
    if user_id != g.user.uuid:
        abort(403)
    page, limit = int(request.args.get("page", 1)), int(request.args.get("limit", 20))
    query = select(Task).where(Task.user_id == user_id)
    total = db.session.scalar(select(func.count()).select_from(query.subquery()))
    rows = db.session.scalars(
        query.options(selectinload(Task.tags))
        .order_by(Task.created_at.desc())
        .offset((page - 1) * limit)
        .limit(limit)
    )
    return jsonify(items=[row.to_dict() for row in rows], total=total, page=page, limit=limit)
