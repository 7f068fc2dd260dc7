namespace Mesh.Operator.Identity;

/// <summary>
/// How anchors and issuers follow each other without a request that fails. An anchor is introduced: proxies trust it, nothing is
/// issued from it. Once all of them do, or have renewed since and so must, it is issued from and the one before is retired: still
/// trusted, since its certificates are in use. When none of those can be valid any more it is dropped. Each step is one record; what
/// comes next follows from the record and the time alone, so that any replica may take the next step, also after a restart.
/// </summary>
internal static class Rotation
{
    /// <summary>Beyond a certificate's life: replicas learn of a step by and by, and clocks differ.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    /// <summary>After everybody has acknowledged an anchor: for what was on its way to somebody new.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    // An anchor is not left to its last days, whatever MeshConfig says.
    private const int LivesBeforeAnchorEnds = 4;

    private static readonly Func<AuthorityRecord, RotationInput, DateTimeOffset, RotationStep?>[] Rules =
        [NoteLifetime, Drop, Promote, TakeBrought, Withdraw, AnswerRequest, ReplaceOldAnchor, RenewIssuer];

    /// <summary>The next step; null where nothing is due.</summary>
    public static RotationStep? Next(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        foreach (var rule in Rules)
        {
            if (rule(record, input, now) is { } step) return step;
        }
        return null;
    }

    // Before a longer life is given to any certificate of the anchor, it is known that the anchor must be kept longer.
    private static RotationStep? NoteLifetime(AuthorityRecord record, RotationInput input, DateTimeOffset now) =>
        input.Policy.CertificateLifetime <= record.Issuing.LongestLife
            ? null
            : new(With(record, record.Issuing, record.Issuing with { LongestLife = input.Policy.CertificateLifetime }), $"Certificates live {input.Policy.CertificateLifetime} from now on");

    private static RotationStep? Drop(AuthorityRecord record, RotationInput input, DateTimeOffset now) =>
        record.Anchors.FirstOrDefault(anchor => anchor.Phase is AnchorPhase.Retired && (now >= anchor.Since + anchor.LongestLife + Margin || now >= anchor.Ends)) is { } over
            ? new(record with { Anchors = record.Anchors.Remove(over) }, "Dropped the retired trust anchor: no certificate of it can be valid any more")
            : null;

    private static RotationStep? Promote(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        var anchorOfBrought = input.Brought?.AnchorOf();
        var next = record.Anchors.LastOrDefault(anchor => anchor.Phase is AnchorPhase.Introduced && (input.Brought is null ? anchor.Key is not null : anchor.Certificate == anchorOfBrought));
        if (next is null) return null;
        var issuing = record.Issuing;
        var everybodyHasRenewed = now >= next.Since + issuing.LongestLife + Margin;
        var everybodySaysSo = input.IsTrustedByAll && now >= next.Since + Settling;
        if (!everybodyHasRenewed && !everybodySaysSo && now < record.Issuer.Ends) return null;

        var promoted = next with { Phase = AnchorPhase.Issuing, Since = now, LongestLife = input.Policy.CertificateLifetime };
        // Its key signs nothing any more.
        var retired = issuing with { Phase = AnchorPhase.Retired, Since = now, Key = null };
        var issuer = input.Brought is { } brought ? brought.Record(now) : AuthorityMaking.Issuer(promoted, now);
        return new(
            With(With(record, issuing, retired), next, promoted) with { Issuer = issuer },
            everybodySaysSo ? "Issuing from the new trust anchor: every proxy trusts it" : "Issuing from the new trust anchor: every certificate has been renewed since it was introduced");
    }

    // Somebody else's rotation is followed by the same steps, at their pace.
    private static RotationStep? TakeBrought(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        if (input.Brought is not { } brought) return null;
        var unknown = brought.AnchorCertificates().Where(certificate => record.Anchors.All(anchor => anchor.Certificate != certificate)).ToList();
        if (unknown.Count > 0)
        {
            return new(record with { Anchors = record.Anchors.AddRange(brought.AnchorRecords(now).Where(anchor => unknown.Contains(anchor.Certificate)).Select(anchor => anchor with { Phase = AnchorPhase.Introduced })) }, $"Introduced {unknown.Count} trust anchor(s) that were brought");
        }
        return brought.AnchorOf() == record.Issuing.Certificate && brought.Certificates != record.Issuer.Certificates
            ? new(record with { Issuer = brought.Record(now) }, "Issuing by the issuer that was brought")
            : null;
    }

    // What was introduced and is not to be trusted after all. Nothing was issued from it here, but maybe elsewhere.
    private static RotationStep? Withdraw(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        var brought = input.Brought?.AnchorCertificates().ToHashSet() ?? [];
        return record.Anchors.FirstOrDefault(anchor => anchor is { Phase: AnchorPhase.Introduced, Key: null } && !brought.Contains(anchor.Certificate)) is { } gone
            ? new(With(record, gone, gone with { Phase = AnchorPhase.Retired, Since = now }), "Retired a trust anchor that is brought no more")
            : null;
    }

    private static RotationStep? AnswerRequest(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        if (input.Request is not { Length: > 0 } request || request == record.RotationRequest) return null;
        var answered = record with { RotationRequest = request };
        if (input.Brought is not null) return new(answered, "No rotation, though asked for: the trust anchor is brought, and is rotated where it comes from");
        if (IsUnderWay(record)) return new(answered, "No other rotation, though asked for: one has introduced its trust anchor already");
        return new(Introduce(answered, input, now), "Introduced a new trust anchor: asked for");
    }

    private static RotationStep? ReplaceOldAnchor(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        if (input.Brought is not null || record.Issuing is not { Key: not null } issuing || IsUnderWay(record)) return null;
        var due = Earlier(issuing.Made + input.Policy.RotateAnchorAfter, issuing.Ends - (issuing.LongestLife + Margin) * LivesBeforeAnchorEnds);
        return now >= due ? new(Introduce(record, input, now), $"Introduced a new trust anchor: the other one is of {issuing.Made:u}, and ends {issuing.Ends:u}") : null;
    }

    private static RotationStep? RenewIssuer(AuthorityRecord record, RotationInput input, DateTimeOffset now)
    {
        if (input.Brought is not null || record.Issuing is not { Key: not null } anchor) return null;
        var issuer = record.Issuer;
        var renewed = Earlier(now + CertificateProfile.IssuerLifetime, anchor.Ends);
        // Towards the anchor's own end there is nothing to be had.
        if (now < issuer.Made + (issuer.Ends - issuer.Made) * (2.0 / 3) || renewed <= issuer.Ends) return null;
        return new(record with { Issuer = AuthorityMaking.Issuer(anchor, now) }, $"Renewed the issuer; it ends {renewed:u}");
    }

    private static bool IsUnderWay(AuthorityRecord record) => record.Anchors.Any(anchor => anchor is { Phase: AnchorPhase.Introduced, Key: not null });

    private static AuthorityRecord Introduce(AuthorityRecord record, RotationInput input, DateTimeOffset now) =>
        record with { Anchors = record.Anchors.Add(AuthorityMaking.Anchor(now, input.Policy.AnchorLifetime, AnchorPhase.Introduced)) };

    private static AuthorityRecord With(AuthorityRecord record, AnchorRecord before, AnchorRecord after) =>
        record with { Anchors = record.Anchors.Replace(before, after) };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
