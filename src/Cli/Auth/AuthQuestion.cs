using System.Globalization;
using System.Net;
using System.Text.Json;
using Mesh.Cli.Output;

namespace Mesh.Cli.Auth;

/// <summary>Who wants to do what.</summary>
/// <param name="From"><c>namespace/service-account</c> or a SPIFFE id; null: who proves no identity.</param>
/// <param name="Address">Null where it is not known.</param>
/// <param name="Namespace">The service's.</param>
/// <param name="Service">Its name.</param>
/// <param name="Port">The service's port; null: its only one.</param>
/// <param name="Request">Null: a connection.</param>
internal sealed record AuthQuestion(string? From, IPAddress? Address, string Namespace, string Service, int? Port, AskedRequest? Request)
{
    public static AuthQuestion Read(string? from, string? address, string to, string[] request, string? host, string[] headers, string? claims)
    {
        if (to.Split('/') is not [{ Length: > 0 } ns, { Length: > 0 } target]) throw new UsageException($"--to: found {to}, expected NAMESPACE/SERVICE or NAMESPACE/SERVICE:PORT");
        int? port = null;
        if (target.Split(':', 2) is [var name, var number])
        {
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) throw new UsageException($"--to: found port {number}, expected a number");
            (target, port) = (name, parsed);
        }
        IPAddress? peer = null;
        if (address is not null && !IPAddress.TryParse(address, out peer)) throw new UsageException($"--from-address: found {address}, expected an IP address");
        if (request.Length == 1) throw new UsageException($"found {request[0]} alone, expected METHOD PATH, or neither");
        return new(from, peer, ns, target, port, request is [var method, var path] ? new(method, path, host ?? target, HeadersOf(headers), ClaimsOf(claims)) : null);
    }

    private static Dictionary<string, List<string>> HeadersOf(string[] headers)
    {
        var fields = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in headers)
        {
            if (header.Split('=', 2) is not [var name, var value]) throw new UsageException($"--header: found {header}, expected NAME=VALUE");
            if (!fields.TryGetValue(name, out var values)) fields.Add(name, values = []);
            values.Add(value);
        }
        return fields;
    }

    private static JsonElement? ClaimsOf(string? claims)
    {
        try
        {
            return claims is null ? null : JsonElement.Parse(claims);
        }
        catch (JsonException)
        {
            throw new UsageException($"--claims: found {claims}, expected a JSON object");
        }
    }
}
