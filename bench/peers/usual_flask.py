"""A Flask service written the usual way: PyJWKClient, ORM objects, jsonify."""

import os
import uuid
from datetime import UTC, datetime

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
    id = db.Column(db.Uuid, primary_key=True, default=uuid.uuid4)
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
    title_key = db.Column(db.Text)
    search_text = db.Column(db.Text)
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
    if request.view_args["user_id"] != g.user.uuid:
        abort(403)


@app.get("/api/v1/<uuid:user_id>/tasks")
def tasks(user_id):
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


def find(user_id, task_id):
    query = select(Task).where(Task.user_id == user_id, Task.id == task_id)
    return db.first_or_404(query.options(selectinload(Task.tags)))


@app.get("/api/v1/<uuid:user_id>/tasks/<uuid:task_id>")
def read(user_id, task_id):
    return jsonify(find(user_id, task_id).to_dict())


@app.post("/api/v1/<uuid:user_id>/tasks")
def create(user_id):
    body = request.get_json()
    tag_ids = [uuid.UUID(tag_id) for tag_id in body.get("tag_ids", [])]
    tags = db.session.scalars(select(Tag).where(Tag.id.in_(tag_ids))).all()
    last = db.session.scalar(select(func.max(Task.position)).where(Task.user_id == user_id))
    now = datetime.now(UTC)
    task = Task(
        user_id=user_id,
        title=body["title"],
        description=body.get("description"),
        title_key=body["title"].lower(),
        search_text=body["title"].lower(),
        position=(last or 0) + 1,
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.session.add(task)
    db.session.flush()
    links = [{"user_id": user_id, "task_id": task.id, "tag_id": tag.id} for tag in tags]
    if links:
        db.session.execute(task_tags.insert(), links)
    db.session.commit()
    return jsonify(find(user_id, task.id).to_dict()), 201


@app.patch("/api/v1/<uuid:user_id>/tasks/<uuid:task_id>")
def change(user_id, task_id):
    task = find(user_id, task_id)
    for name, value in request.get_json().items():
        setattr(task, name, value)
    task.updated_at = datetime.now(UTC)
    task.version += 1
    db.session.commit()
    return jsonify(task.to_dict())
