//! One table of routes: a row registers the handler and describes it, so that nothing is served that the document does not name.

use super::Api;
use super::schema::{
    BEARER, ENVELOPE, Field, REFUSAL, components, named, object_of, one_or_many, text,
};
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use std::sync::Arc;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    HttpMethod, Info, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, Response,
    ResponseBuilder,
};

/// The key in the document under which an operation says who may call it.
const CALLER: &str = "x-lacuna-caller";

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody: no token is asked for.
    Anybody,
    /// Any token of the application, a user's or its own.
    Caller,
    /// Any user of the application.
    User,
    /// The user of the path, or the application.
    Own,
    /// The application.
    App,
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Caller => "caller",
            Self::User => "user",
            Self::Own => "own",
            Self::App => "app",
        }
    }
}

#[derive(Clone, Debug)]
enum Input {
    Nothing,
    Object(Vec<Field>),
    OneOrMany(Vec<Field>),
    Bytes(&'static str),
}

#[derive(Clone, Debug)]
enum Success {
    Envelope,
    Object(Vec<Field>),
    Bytes(&'static str),
}

/// What the document says of a route.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    id: String,
    summary: &'static str,
    who: Who,
    query: Vec<Field>,
    input: Input,
    success: Success,
    also: Vec<u16>,
}

/// An operation: its id (the handler's module and name), what it does, and who may call it.
pub(super) fn op(id: impl Into<String>, summary: &'static str, who: Who) -> Operation {
    Operation {
        id: id.into(),
        summary,
        who,
        query: Vec::new(),
        input: Input::Nothing,
        success: Success::Envelope,
        also: Vec::new(),
    }
}

impl Operation {
    /// It takes these parameters in the query.
    pub(super) fn query<const N: usize>(mut self, fields: [Field; N]) -> Self {
        self.query.extend(fields);
        self
    }

    /// It takes a JSON object with these fields.
    pub(super) fn body<const N: usize>(mut self, fields: [Field; N]) -> Self {
        self.input = Input::Object(fields.into());
        self
    }

    /// It takes such a JSON object, or a list of them.
    pub(super) fn bodies<const N: usize>(mut self, fields: [Field; N]) -> Self {
        self.input = Input::OneOrMany(fields.into());
        self
    }

    /// It takes bytes of a media type.
    pub(super) fn takes(mut self, media: &'static str) -> Self {
        self.input = Input::Bytes(media);
        self
    }

    /// It answers with a JSON object of its own instead of the envelope.
    pub(super) fn plain<const N: usize>(mut self, fields: [Field; N]) -> Self {
        self.success = Success::Object(fields.into());
        self
    }

    /// It answers with bytes of a media type.
    pub(super) fn gives(mut self, media: &'static str) -> Self {
        self.success = Success::Bytes(media);
        self
    }

    /// It answers with these statuses too.
    pub(super) fn also<const N: usize>(mut self, statuses: [u16; N]) -> Self {
        self.also.extend(statuses);
        self
    }

    /// With another id: the same act under another path.
    pub(super) fn spelled(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// The statuses of refusals: what every request may meet, and what comes with a token, a body and an application.
    fn refusals(&self, in_app: bool) -> Vec<u16> {
        let mut statuses = vec![403, 413, 500];
        if in_app {
            statuses.extend([400, 404, 429, 503]);
        }
        if self.who != Who::Anybody {
            statuses.push(401);
        }
        statuses.extend(&self.also);
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    fn describe(&self, path: &str, in_app: bool) -> OperationBuilder {
        let tag = self.id.split('.').next().unwrap_or_default();
        let caller = ExtensionsBuilder::new().add(CALLER, self.who.word());
        let mut described = OperationBuilder::new()
            .operation_id(Some(&*self.id))
            .summary(Some(self.summary))
            .tag(tag)
            .extensions(Some(caller.build()))
            .request_body(None)
            .response("200", success(&self.success));
        for name in variables(path) {
            described = described.parameter(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(
                        ObjectBuilder::new()
                            .schema_type(utoipa::openapi::Type::String)
                            .min_length(Some(1)),
                    )),
            );
        }
        for field in &self.query {
            described = described.parameter(
                ParameterBuilder::new()
                    .name(field.name)
                    .parameter_in(ParameterIn::Query)
                    .required(required(field.needed))
                    .schema(Some(field.schema())),
            );
        }
        if let Some((media, schema)) = input(&self.input) {
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let body = RequestBodyBuilder::new()
                .content(media, content)
                .required(Some(Required::True));
            described = described.request_body(Some(body.build()));
        }
        if self.who != Who::Anybody {
            described = described.security(SecurityRequirement::new::<_, [&str; 0], _>(BEARER, []));
        }
        let refusal: RefOr<Response> = Ref::from_response_name(REFUSAL).into();
        for status in self.refusals(in_app) {
            described = described.response(status.to_string(), refusal.clone());
        }
        described
    }
}

fn required(needed: bool) -> Required {
    if needed {
        Required::True
    } else {
        Required::False
    }
}

/// The names in braces.
fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn input(input: &Input) -> Option<(&'static str, RefOr<Schema>)> {
    match input {
        Input::Nothing => None,
        Input::Object(fields) => Some(("application/json", object_of(fields).into())),
        Input::OneOrMany(fields) => Some(("application/json", one_or_many(fields).into())),
        Input::Bytes(media) => Some((media, bytes())),
    }
}

fn success(success: &Success) -> Response {
    let (media, schema) = match success {
        Success::Envelope => ("application/json", named(ENVELOPE)),
        Success::Object(fields) => ("application/json", object_of(fields).into()),
        Success::Bytes(media) => (*media, bytes()),
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("done")
        .content(media, content)
        .build()
}

fn bytes() -> RefOr<Schema> {
    text("bytes").schema()
}

/// The table: the router and the document, built together.
#[derive(Debug, Default)]
pub(super) struct Routes {
    router: Router<Arc<Api>>,
    rows: Vec<Row>,
}

/// A row as the document has it.
#[derive(Clone, Debug)]
struct Row {
    method: HttpMethod,
    /// The whole path.
    path: String,
    /// Whether it is below an application.
    in_app: bool,
    operation: Operation,
}

impl Routes {
    /// Serves `GET path`. A path is below `/{org}/{app}/` unless it starts with a slash.
    pub(super) fn get<H: Handler<T, Arc<Api>>, T: 'static>(
        &mut self,
        path: &str,
        handler: H,
        operation: Operation,
    ) {
        self.row(
            (MethodFilter::GET, HttpMethod::Get),
            path,
            handler,
            operation,
        );
    }

    /// Serves `POST path`.
    pub(super) fn post<H: Handler<T, Arc<Api>>, T: 'static>(
        &mut self,
        path: &str,
        handler: H,
        operation: Operation,
    ) {
        self.row(
            (MethodFilter::POST, HttpMethod::Post),
            path,
            handler,
            operation,
        );
    }

    /// Serves `PUT path`.
    pub(super) fn put<H: Handler<T, Arc<Api>>, T: 'static>(
        &mut self,
        path: &str,
        handler: H,
        operation: Operation,
    ) {
        self.row(
            (MethodFilter::PUT, HttpMethod::Put),
            path,
            handler,
            operation,
        );
    }

    /// Serves `DELETE path`.
    pub(super) fn delete<H: Handler<T, Arc<Api>>, T: 'static>(
        &mut self,
        path: &str,
        handler: H,
        operation: Operation,
    ) {
        self.row(
            (MethodFilter::DELETE, HttpMethod::Delete),
            path,
            handler,
            operation,
        );
    }

    fn row<H: Handler<T, Arc<Api>>, T: 'static>(
        &mut self,
        (filter, method): (MethodFilter, HttpMethod),
        path: &str,
        handler: H,
        operation: Operation,
    ) {
        let in_app = !path.starts_with('/');
        let path = if in_app {
            format!("/{{org}}/{{app}}/{path}")
        } else {
            path.to_owned()
        };
        let router = std::mem::take(&mut self.router);
        self.router = router.route(&path, on(filter, handler));
        self.rows.push(Row {
            method,
            path,
            in_app,
            operation,
        });
    }

    /// The document of what was put in.
    pub(super) fn document(&self) -> OpenApi {
        let mut paths = Paths::new();
        for row in self.rows.clone() {
            let described = row.operation.describe(&row.path, row.in_app);
            paths.add_path_operation(&row.path, vec![row.method], described);
        }
        OpenApiBuilder::new()
            .info(Info::new("Lacuna", env!("CARGO_PKG_VERSION")))
            .paths(paths)
            .components(Some(components()))
            .build()
    }

    /// The router of what was put in.
    pub(super) fn router(self) -> Router<Arc<Api>> {
        self.router
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::table::table;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_reads_back() {
        let document = table().document();
        let text = document.to_pretty_json().unwrap();
        let read: OpenApi = serde_json::from_str(&text).unwrap();
        assert_eq!(read.to_pretty_json().unwrap(), text);
        assert!(text.contains(r#""openapi": "3.1.0""#));
    }

    #[test]
    fn operations_are_named_once() {
        let document = table().document();
        let mut seen = BTreeSet::new();
        let mut rows = 0;
        for (path, item) in &document.paths.paths {
            for operation in [&item.get, &item.post, &item.put, &item.delete]
                .into_iter()
                .flatten()
            {
                let id = operation.operation_id.clone().unwrap();
                rows += 1;
                assert!(seen.insert(id.clone()), "{id} of {path} is there twice");
                assert!(id.contains('.'), "{id} of {path} is no module and name");
                let summary = operation.summary.as_deref().unwrap_or_default();
                assert!(
                    !summary.is_empty() && !summary.ends_with('.'),
                    "{id}: {summary:?}"
                );
            }
        }
        assert!(rows > 30, "{rows}");
    }

    #[test]
    fn refusals_follow_from_what_is_asked_for() {
        let check = |operation: Operation, in_app, want: &[u16]| {
            assert_eq!(operation.refusals(in_app), want);
        };
        check(op("a.b", "c", Who::Anybody), false, &[403, 413, 500]);
        check(
            op("a.b", "c", Who::Own).body([]),
            true,
            &[400, 401, 403, 404, 413, 429, 500, 503],
        );
        check(
            op("a.b", "c", Who::Anybody).takes("image/png").also([401]),
            false,
            &[401, 403, 413, 500],
        );
    }
}
