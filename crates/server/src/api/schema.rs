//! What the OpenAPI document says of parameters, bodies and answers.

use lacuna_domain::ErrorCode;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{AdditionalProperties, Components, Schema, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, ResponseBuilder,
};

/// The scheme of every token.
pub(super) const BEARER: &str = "token";
/// The answer of every refusal.
pub(super) const REFUSAL: &str = "Refusal";
/// Its schema.
const ERROR: &str = "Error";
/// The schema of the usual success.
pub(super) const ENVELOPE: &str = "Envelope";

/// A parameter of the query, or a field of a JSON object.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// What it is called.
    pub(super) name: &'static str,
    /// Whether the call is refused without it.
    pub(super) needed: bool,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Words(&'static [&'static str]),
    Whole,
    Digits,
    Flag,
    Texts,
    Objects,
    Object,
    Any,
}

impl Field {
    const fn of(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            needed: false,
            kind,
        }
    }

    /// The call is refused without it.
    pub(super) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// What it holds.
    pub(super) fn schema(&self) -> RefOr<Schema> {
        let plain = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
        let list = |kind| ArrayBuilder::new().items(plain(kind)).into();
        match self.kind {
            Kind::Text => plain(Type::String).into(),
            Kind::Words(words) => plain(Type::String)
                .enum_values(Some(words.iter().copied()))
                .into(),
            Kind::Whole => plain(Type::Integer).into(),
            Kind::Digits => OneOfBuilder::new()
                .item(plain(Type::Integer))
                .item(plain(Type::String).pattern(Some("^-?[0-9]+$")))
                .into(),
            Kind::Flag => plain(Type::Boolean).into(),
            Kind::Texts => list(Type::String),
            Kind::Objects => list(Type::Object),
            Kind::Object => plain(Type::Object).into(),
            Kind::Any => any().into(),
        }
    }
}

/// A text.
pub(super) const fn text(name: &'static str) -> Field {
    Field::of(name, Kind::Text)
}

/// One of some words.
pub(super) const fn words(name: &'static str, words: &'static [&'static str]) -> Field {
    Field::of(name, Kind::Words(words))
}

/// A whole number.
pub(super) const fn whole(name: &'static str) -> Field {
    Field::of(name, Kind::Whole)
}

/// A whole number, bare or as text.
pub(super) const fn digits(name: &'static str) -> Field {
    Field::of(name, Kind::Digits)
}

/// `true` or `false`.
pub(super) const fn flag(name: &'static str) -> Field {
    Field::of(name, Kind::Flag)
}

/// Texts.
pub(super) const fn texts(name: &'static str) -> Field {
    Field::of(name, Kind::Texts)
}

/// Objects.
pub(super) const fn objects(name: &'static str) -> Field {
    Field::of(name, Kind::Objects)
}

/// An object.
pub(super) const fn object(name: &'static str) -> Field {
    Field::of(name, Kind::Object)
}

/// Any JSON.
pub(super) const fn any_json(name: &'static str) -> Field {
    Field::of(name, Kind::Any)
}

/// An object with these fields, and others that nobody looks at.
pub(super) fn object_of(fields: &[Field]) -> Object {
    let mut built = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Object));
    for field in fields {
        built = built.property(field.name, field.schema());
        if field.needed {
            built = built.required(field.name);
        }
    }
    built
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .build()
}

/// One such object, or a list of them.
pub(super) fn one_or_many(fields: &[Field]) -> Schema {
    let one = object_of(fields);
    let many = ArrayBuilder::new().items(one.clone());
    OneOfBuilder::new().item(one).item(many).into()
}

/// A schema by its name.
pub(super) fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// Whatever JSON has, spelled out: a schema that says nothing is not read back.
fn any() -> ObjectBuilder {
    let kinds = [
        Type::Object,
        Type::Array,
        Type::String,
        Type::Number,
        Type::Boolean,
        Type::Null,
    ];
    ObjectBuilder::new().schema_type(SchemaType::Array(kinds.into()))
}

/// What operations refer to by name: the two shapes of answers, and how callers prove who they are.
pub(super) fn components() -> Components {
    let mut components = Components::new();
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    let schemas = [(ERROR, error()), (ENVELOPE, envelope())];
    components.schemas = schemas
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), RefOr::T(schema.into())))
        .collect();
    let content = ContentBuilder::new().schema(Some(named(ERROR))).build();
    let refusal = ResponseBuilder::new()
        .description("refused")
        .content("application/json", content)
        .build();
    components
        .responses
        .insert(REFUSAL.to_owned(), RefOr::T(refusal));
    components
}

fn error() -> Object {
    let mut object = object_of(&[
        text("error").needed(),
        text("exception").needed(),
        text("error_description").needed(),
        text("code").needed(),
        text("request_id").needed(),
        whole("timestamp").needed(),
        whole("duration").needed(),
        whole("retry_after_ms"),
    ]);
    let mut names: Vec<&str> = ErrorCode::all()
        .filter(|code| code.http_status().is_some())
        .map(ErrorCode::name)
        .collect();
    names.sort_unstable();
    let code = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(names));
    object.properties.insert("code".to_owned(), code.into());
    object
}

fn envelope() -> Object {
    object_of(&[
        text("action").needed(),
        text("application").needed(),
        text("applicationName").needed(),
        text("organization").needed(),
        text("uri").needed(),
        text("path").needed(),
        whole("timestamp").needed(),
        whole("duration").needed(),
        objects("entities").needed(),
        any_json("data").needed(),
    ])
}
