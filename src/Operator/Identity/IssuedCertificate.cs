using System.Security.Cryptography.X509Certificates;

namespace Mesh.Operator.Identity;

/// <summary>A workload's certificate with what leads from it to an anchor.</summary>
/// <param name="Certificate">The workload's own.</param>
/// <param name="Intermediates">From its issuer up, without the anchor.</param>
/// <param name="RenewAt">When to ask for the next.</param>
internal sealed record IssuedCertificate(X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Intermediates, DateTimeOffset RenewAt);
