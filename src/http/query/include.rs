//! What rows of a list nest on demand.

/// The parameter `include` of a list, and the words that it takes: names of fields of a row that are there only
/// where they are asked for.
macro_rules! inclusion {
    ($inclusion:ident, $part:ident: $($(#[$doc:meta])+ $variant:ident = $name:literal),+ $(,)?) => {
        /// What rows of the list have besides, on demand.
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams, validator::Validate)]
        #[into_params(parameter_in = Query)]
        pub struct $inclusion {
            /// What to nest in each row; repeat for several. Not in tables (CSV, XLSX).
            #[serde(default)]
            include: Vec<$part>,
        }

        /// What a row can nest.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $part {
            $($(#[$doc])+ $variant),+
        }

        impl $inclusion {
            /// The names of the fields.
            pub(super) fn names(&self) -> Vec<String> {
                let name = |part: &$part| match part {
                    $($part::$variant => $name.to_owned()),+
                };
                self.include.iter().map(name).collect()
            }
        }
    };
}
pub(crate) use inclusion;
