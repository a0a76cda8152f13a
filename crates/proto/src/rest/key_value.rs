//! Extensions: JSON values as typed pairs. The type of a pair says which of its values counts.

use serde_json::{Map, Value};

use crate::pb::KeyValue;
use crate::pb::key_value::ValueType;

/// The pairs as one object; of a key that stands twice the last one counts.
#[must_use]
pub fn to_object(pairs: &[KeyValue]) -> Value {
    let fields: Map<String, Value> = pairs
        .iter()
        .map(|pair| (pair.key().to_owned(), value(pair)))
        .collect();
    Value::Object(fields)
}

/// The fields of an object as pairs.
#[must_use]
pub fn from_object(object: &Map<String, Value>) -> Vec<KeyValue> {
    object.iter().map(|(key, value)| pair(key, value)).collect()
}

fn value(pair: &KeyValue) -> Value {
    match pair.r#type.map(ValueType::try_from) {
        Some(Ok(ValueType::Bool)) => Value::from(pair.varint_value() != 0),
        Some(Ok(ValueType::Int | ValueType::Uint | ValueType::Llint)) => {
            Value::from(pair.varint_value())
        }
        Some(Ok(ValueType::Float)) => Value::from(pair.float_value()),
        Some(Ok(ValueType::Double)) => Value::from(pair.double_value()),
        Some(Ok(ValueType::String)) => Value::from(pair.string_value()),
        Some(Ok(ValueType::JsonString)) => {
            let text = pair.string_value();
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        Some(Err(_)) | None => Value::Null,
    }
}

fn pair(key: &str, value: &Value) -> KeyValue {
    let mut pair = KeyValue {
        key: Some(key.to_owned()),
        ..KeyValue::default()
    };
    let kind = match value {
        Value::Bool(flag) => {
            pair.varint_value = Some(i64::from(*flag));
            ValueType::Bool
        }
        Value::Number(number) => {
            if let Some(whole) = number.as_i64() {
                pair.varint_value = Some(whole);
                ValueType::Int
            } else {
                pair.double_value = number.as_f64();
                ValueType::Double
            }
        }
        Value::String(text) => {
            pair.string_value = Some(text.clone());
            ValueType::String
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            pair.string_value = Some(value.to_string());
            ValueType::JsonString
        }
    };
    pair.r#type = Some(kind.into());
    pair
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_come_back_as_they_were() {
        let object = json!({"b": false, "i": i64::MIN, "d": 0.25, "s": "{", "a": [1, null], "o": {"k": "v"}, "n": null});
        let pairs = from_object(object.as_object().unwrap());
        assert_eq!(to_object(&pairs), object);
    }

    #[test]
    fn the_type_decides_which_value_counts() {
        let check = |kind: i32, expected: Value| {
            let pair = KeyValue {
                key: Some("k".to_owned()),
                r#type: Some(kind),
                varint_value: Some(1),
                float_value: Some(0.5),
                double_value: Some(2.5),
                string_value: Some("[1]".to_owned()),
            };
            assert_eq!(value(&pair), expected, "type {kind}");
        };
        check(1, json!(true));
        check(2, json!(1));
        check(5, json!(0.5));
        check(6, json!(2.5));
        check(7, json!("[1]"));
        check(8, json!([1]));
        check(9, Value::Null);
    }
}
