{#
  `clone`: gives this environment the relations of another one. A table is
  copied by reference where the engine can do that; otherwise a view points at
  the other environment's relation.
#}
{% materialization clone, default %}
  {%- if not defer_relation -%}
    {%- do log('No relation found in state manifest for ' ~ model.unique_id, info=True) -%}
    {%- do return({'relations': []}) -%}
  {%- endif -%}

  {%- set existing_relation = load_cached_relation(this) -%}
  {%- if existing_relation and not flags.FULL_REFRESH -%}
    {%- do log('Relation ' ~ existing_relation ~ ' already exists', info=True) -%}
    {%- do return({'relations': []}) -%}
  {%- endif -%}

  {%- set source_relation = load_cached_relation(defer_relation) -%}
  {%- if not (source_relation and source_relation.type == 'table' and can_clone_table()) -%}
    {#- An adapter's own view materialization goes before the general one. -#}
    {%- set view_macro = 'materialization_view_' ~ adapter.type() -%}
    {%- if view_macro not in context -%}
      {%- set view_macro = 'materialization_view_default' -%}
    {%- endif -%}
    {%- set build_view = context[view_macro] -%}
    {%- do return(build_view()) -%}
  {%- endif -%}

  {%- set target_relation = this.incorporate(type='table') -%}
  {%- if existing_relation is not none and not existing_relation.is_table -%}
    {%- do log('Dropping relation ' ~ existing_relation.render() ~ ', a ' ~ existing_relation.type) -%}
    {%- do adapter.drop_relation(existing_relation) -%}
  {%- endif -%}

  {%- if target_relation.render() == defer_relation.render() -%}
    {%- do log('Not cloning ' ~ target_relation.render() ~ ' onto itself') -%}
  {%- else -%}
    {%- call statement('main') -%}
      {{ create_or_replace_clone(target_relation, defer_relation) }}
    {%- endcall -%}
  {%- endif -%}

  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
