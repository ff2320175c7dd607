//! The warnings of dbt that hcdbt gives too, by their names and codes.

/// A kind of warning, as `warn_error_options` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// dbt's event name, `UnusedResourceConfigPath`.
    pub name: &'static str,
    /// dbt's event code, `I051`.
    pub code: &'static str,
}

impl EventKind {
    /// Tells whether `Deprecations` stands for it, too.
    pub fn is_deprecation(self) -> bool {
        self.code.starts_with('D')
    }

    /// Tells whether it is shown once only, and counted in the summary.
    pub fn is_summed_up(self) -> bool {
        self.is_deprecation() && self != DEPRECATIONS_SUMMARY && self != SPACES_IN_RESOURCE_NAME
    }
}

macro_rules! kinds {
    ($($constant:ident $name:literal $code:literal)*) => {
        $(pub const $constant: EventKind = EventKind { name: $name, code: $code };)*
    };
}

kinds! {
    ARGUMENTS_PROPERTY "ArgumentsPropertyInGenericTestDeprecation" "D038"
    CONFIG_DATA_PATH "ConfigDataPathDeprecation" "D004"
    CONFIG_LOG_PATH "ConfigLogPathDeprecation" "D010"
    CONFIG_SOURCE_PATH "ConfigSourcePathDeprecation" "D003"
    CONFIG_TARGET_PATH "ConfigTargetPathDeprecation" "D011"
    CUSTOM_OUTPUT_PATH "CustomOutputPathInSourceFreshnessDeprecation" "D029"
    DEPRECATED_MODEL "DeprecatedModel" "I065"
    DEPRECATED_REFERENCE "DeprecatedReference" "I067"
    DEPRECATIONS_SUMMARY "DeprecationsSummary" "D028"
    DUPLICATE_NAME_DISTINCT_NODE_TYPES "DuplicateNameDistinctNodeTypesDeprecation" "D040"
    DUPLICATE_YAML_KEYS "DuplicateYAMLKeysDeprecation" "D024"
    ENVIRONMENT_VARIABLE_NAMESPACE "EnvironmentVariableNamespaceDeprecation" "D036"
    ENVIRONMENT_VARIABLE_RENAMED "EnvironmentVariableRenamed" "D009"
    EXPOSURE_NAME "ExposureNameDeprecation" "D007"
    FRESHNESS_CONFIG_PROBLEM "FreshnessConfigProblem" "I073"
    INVALID_CONCURRENT_BATCHES_CONFIG "InvalidConcurrentBatchesConfig" "I075"
    INVALID_MACRO_ANNOTATION "InvalidMacroAnnotation" "I076"
    JINJA_LOG_DEBUG "JinjaLogDebug" "I063"
    JINJA_LOG_INFO "JinjaLogInfo" "I062"
    JINJA_LOG_WARNING "JinjaLogWarning" "I061"
    LOG_TEST_RESULT "LogTestResult" "Q007"
    MACRO_NOT_FOUND_FOR_PATCH "MacroNotFoundForPatch" "I059"
    MF_CUMULATIVE_TYPE_PARAMS "MFCumulativeTypeParamsDeprecation" "D019"
    MF_TIMESPINE_WITHOUT_YAML "MFTimespineWithoutYamlConfigurationDeprecation" "D018"
    MICROBATCH_MACRO_OUTSIDE_OF_BATCHES "MicrobatchMacroOutsideOfBatchesDeprecation" "D020"
    MICROBATCH_MODEL_NO_EVENT_TIME_INPUTS "MicrobatchModelNoEventTimeInputs" "I074"
    MISSING_ARGUMENTS_PROPERTY "MissingArgumentsPropertyInGenericTestDeprecation" "D039"
    MODEL_PARAM_USAGE "ModelParamUsageDeprecation" "D032"
    MODULES_ITERTOOLS_USAGE "ModulesItertoolsUsageDeprecation" "D034"
    NODE_NOT_FOUND_OR_DISABLED "NodeNotFoundOrDisabled" "I060"
    NOTHING_TO_DO "NothingToDo" "Q035"
    NO_NODES_FOR_SELECTION_CRITERIA "NoNodesForSelectionCriteria" "M030"
    NO_NODES_SELECTED "NoNodesSelected" "Q038"
    NO_NODE_FOR_YAML_KEY "NoNodeForYamlKey" "I058"
    PACKAGE_INSTALL_PATH "PackageInstallPathDeprecation" "D002"
    PACKAGE_MATERIALIZATION_OVERRIDE "PackageMaterializationOverrideDeprecation" "D016"
    PACKAGE_NODE_DEPENDS_ON_ROOT "PackageNodeDependsOnRootProjectNode" "I077"
    PACKAGE_REDIRECT "PackageRedirectDeprecation" "D001"
    PRINT "PrintEvent" "Z052"
    PROJECT_FLAGS_MOVED "ProjectFlagsMovedDeprecation" "D013"
    PROPERTY_MOVED_TO_CONFIG "PropertyMovedToConfigDeprecation" "D030"
    RESOURCE_NAMES_WITH_SPACES "ResourceNamesWithSpacesDeprecation" "D015"
    SEED_EXCEEDS_LIMIT_AND_PATH_CHANGED "SeedExceedsLimitAndPathChanged" "I054"
    SEED_EXCEEDS_LIMIT_SAME_PATH "SeedExceedsLimitSamePath" "I053"
    SEED_INCREASED "SeedIncreased" "I052"
    SEMANTIC_VALIDATION_FAILURE "SemanticValidationFailure" "I070"
    SNAPSHOT_TIMESTAMP_WARNING "SnapshotTimestampWarning" "Q043"
    SOURCE_FRESHNESS_PROJECT_HOOKS "SourceFreshnessProjectHooksNotRun" "D017"
    SOURCE_OVERRIDE "SourceOverrideDeprecation" "D035"
    SPACES_IN_RESOURCE_NAME "SpacesInResourceNameDeprecation" "D014"
    UNEXPECTED_JINJA_BLOCK "UnexpectedJinjaBlockDeprecation" "D023"
    UNVERSIONED_BREAKING_CHANGE "UnversionedBreakingChange" "I071"
    UNUSED_RESOURCE_CONFIG_PATH "UnusedResourceConfigPath" "I051"
    UNUSED_TABLES "UnusedTables" "I056"
    UNSUPPORTED_CONSTRAINT_MATERIALIZATION "UnsupportedConstraintMaterialization" "I068"
    UPCOMING_REFERENCE_DEPRECATION "UpcomingReferenceDeprecation" "I066"
    VALIDATION_WARNING "ValidationWarning" "I009"
    WEO_INCLUDE_EXCLUDE "WEOIncludeExcludeDeprecation" "D031"
    WRONG_RESOURCE_SCHEMA_FILE "WrongResourceSchemaFile" "I057"
}
