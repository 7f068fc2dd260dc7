using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Says whether a header or a claim is as a rule asks.</summary>
internal sealed class ConditionMatcher(AuthorizationCondition condition)
{
    private readonly string? _header = condition.SubjectCase is AuthorizationCondition.SubjectOneofCase.Header ? condition.Header : null;
    private readonly ClaimName? _claim = condition.SubjectCase is AuthorizationCondition.SubjectOneofCase.Claim ? new(condition.Claim) : null;
    private readonly ValuePatterns _values = new(condition.Values);
    private readonly bool _isNegated = condition.Negated;

    public bool Match(RequestTraits? request, Matching matching) =>
        request is null || (_header is null && _claim is null) ? matching is Matching.Possible
        : _isNegated != (_header is not null ? request.HasHeader(_header, _values) : request.HasClaim(_claim!, _values));
}
