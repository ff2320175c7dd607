{#- The Luhn sum of a text of digits (ISO/IEC 7812-1, annex B), check digit
    included: every second digit, starting beside the check digit, is doubled,
    and counts as the sum of its own digits then. A right number's sum is a
    multiple of ten.

    The formula is written out, so that every database computes it without
    loops, and without casts that a text that is no number would make fail. -#}
{%- macro luhn_sum(digits, length) -%}
    (
    {%- for place in range(1, length + 1) %}
    {%- if not loop.first %} + {% endif -%}
    {#- `0516273849`: 0 counts 0, 5 doubled counts 1, 1 counts 2, 6 counts 3 ... -#}
    {{ healthcare.index_in('0516273849' if (length - place) is odd else '0123456789', digits, place) }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- The Verhoeff checksum of a text of at most 18 digits, 0 when the last digit
    is right (J. Verhoeff, Error Detecting Decimal Codes, 1969): the digits,
    permuted by their place from the right, are multiplied in the dihedral group
    of ten elements. -#}
{%- macro verhoeff_checksum(digits) -%}
    {#- Row i has the products of i with 0 to 9, and with nothing, which is i. -#}
    {%- set products = [
        '01234567890', '12340678951', '23401789562', '34012895673', '40123956784',
        '59876043215', '65987104326', '76598210437', '87659321048', '98765432109'] | join -%}
    {%- set permutations = [
        '0123456789', '1576283094', '5803796142', '8916043527',
        '9453126870', '4286573901', '2793806415', '7046913258'] -%}
    {%- set padded = "rpad(reverse(" ~ digits ~ "), 18, '-')" -%}
    {%- set ns = namespace(product='0') -%}
    {%- for place in range(18) -%}
        {#- At index n the digit that is permuted to n, and `-` at index 10. -#}
        {%- set inverse = [] -%}
        {%- for n in range(10) -%}
            {%- do inverse.append(permutations[place % 8].find(n | string) | string) -%}
        {%- endfor -%}
        {%- set element = healthcare.index_in(inverse | join ~ '-', padded, place + 1) -%}
        {%- set index = '11 * ' ~ ns.product ~ ' + ' ~ element ~ ' + 1' -%}
        {%- set ns.product = "(position(substr('" ~ products ~ "', " ~ index ~ ", 1) in '0123456789') - 1)" -%}
    {%- endfor -%}
    {{ ns.product }}
{%- endmacro %}
