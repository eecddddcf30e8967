//! Money: whole cents, exact, never negative, written as a decimal string.

use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An amount of money in cents, at most [`Money::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money {
    cents: i64,
}

/// Why a text is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not digits with an optional point.
    #[error("must be a number such as 12.50")]
    NotANumber,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// A fraction of a cent.
    #[error("must have at most two decimals")]
    TooPrecise,
    /// More than the database column holds.
    #[error("must be at most 99999999.99")]
    TooLarge,
}

impl Money {
    /// 99,999,999.99: what `numeric(10,2)`, the column type of the contract, holds.
    pub const MAX: Self = Self {
        cents: 9_999_999_999,
    };

    /// This amount `quantity` times, or `None` beyond [`Money::MAX`].
    pub fn times(self, quantity: u32) -> Option<Self> {
        let cents = self.cents.checked_mul(i64::from(quantity))?;
        (cents <= Self::MAX.cents).then_some(Self { cents })
    }

    /// The sum, or `None` beyond [`Money::MAX`].
    pub fn plus(self, other: Self) -> Option<Self> {
        let cents = self.cents.checked_add(other.cents)?;
        (cents <= Self::MAX.cents).then_some(Self { cents })
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('-') {
            return Err(MoneyError::Negative);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(MoneyError::NotANumber);
        }
        if fraction.len() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        if whole.len() > 12 {
            return Err(MoneyError::TooLarge);
        }
        let parse = |part: &str| part.parse::<i64>().map_err(|_| MoneyError::NotANumber);
        let tens = if fraction.len() == 1 { 10 } else { 1 };
        let cents = parse(whole)? * 100 + parse(fraction)? * tens;
        if cents > Self::MAX.cents {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self { cents })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An amount of money."))
            .pattern(Some(r"^[0-9]{1,8}\.[0-9]{2}$"))
            .examples(["1049.98"])
            .into()
    }
}

impl ToSchema for Money {}

/// Sums for reports; order totals use [`Money::plus`], which has a limit.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self {
            cents: amounts.map(|amount| amount.cents).sum(),
        }
    }
}

#[cfg(feature = "database")]
mod column {
    //! `Money` as a `numeric(10,2)` column.

    use rust_decimal::Decimal;
    use sea_orm::{
        ColIdx, ColumnType, DbErr, QueryResult, TryGetError, TryGetable, Value,
        sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
    };

    use super::Money;

    impl From<Money> for Decimal {
        fn from(money: Money) -> Self {
            Self::new(money.cents, 2)
        }
    }

    /// The amount in a column, or `None` when it is none.
    fn money_of(mut decimal: Decimal) -> Option<Money> {
        decimal.rescale(2);
        let cents: i64 = decimal.mantissa().try_into().ok()?;
        Some(Money { cents })
    }

    impl From<Money> for Value {
        fn from(money: Money) -> Self {
            Decimal::from(money).into()
        }
    }

    impl TryGetable for Money {
        fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
            let decimal = Decimal::try_get_by(row, index)?;
            money_of(decimal)
                .ok_or_else(|| DbErr::Type(format!("{decimal} is not an amount of money")).into())
        }
    }

    impl ValueType for Money {
        fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
            let decimal = <Decimal as ValueType>::try_from(value)?;
            money_of(decimal).ok_or(ValueTypeErr)
        }

        fn type_name() -> String {
            "Money".to_owned()
        }

        fn array_type() -> ArrayType {
            ArrayType::Decimal
        }

        fn column_type() -> ColumnType {
            ColumnType::Decimal(Some((10, 2)))
        }
    }

    impl Nullable for Money {
        fn null() -> Value {
            Value::Decimal(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_reads_and_writes_the_same_text() {
        for text in ["0.00", "0.05", "999.99", "99999999.99"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn one_decimal_means_tens_of_cents() {
        assert_eq!("0.5".parse::<Money>().unwrap().to_string(), "0.50");
        assert_eq!("12".parse::<Money>().unwrap().to_string(), "12.00");
    }

    #[test]
    fn what_is_not_an_exact_amount_is_refused_with_the_reason() {
        let reason = |text: &str| text.parse::<Money>().unwrap_err();

        assert_eq!(reason("-1"), MoneyError::Negative);
        assert_eq!(reason("1.999"), MoneyError::TooPrecise);
        assert_eq!(reason("100000000"), MoneyError::TooLarge);
        for text in ["", ".", "1.", ".5", "1e3", " 1", "+1", "NaN", "1,5", "٣"] {
            assert_eq!(reason(text), MoneyError::NotANumber, "{text:?}");
        }
    }

    #[test]
    fn three_times_ten_cents_and_twenty_make_fifty() {
        let total = "0.10"
            .parse::<Money>()
            .unwrap()
            .times(3)
            .and_then(|sum| sum.plus("0.20".parse().unwrap()));

        assert_eq!(total.unwrap().to_string(), "0.50");
    }

    #[test]
    fn a_total_beyond_the_column_is_refused() {
        assert_eq!(Money::MAX.times(2), None);
        assert_eq!(Money::MAX.plus("0.01".parse().unwrap()), None);
    }
}
