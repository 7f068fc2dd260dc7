using System.Diagnostics.Metrics;
using Mesh.Api.Resources;
using Mesh.Operator.Status;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Sources;

/// <summary>What is wrong with the manifests now: each error is logged when it comes and counted while it lasts.</summary>
internal sealed partial class ManifestErrors
{
    /// <summary>In the state folder: one error a line, empty where there is none.</summary>
    private const string File = "manifest-errors";

    private readonly StateFolder? _folder;
    private readonly ILogger<ManifestErrors> _logger;
    private volatile IReadOnlyList<ManifestError> _current = [];
    private bool _replaced;

    public ManifestErrors(IMeterFactory meters, ILogger<ManifestErrors> logger, StateFolder? folder = null)
    {
        (_logger, _folder) = (logger, folder);
        meters.Create(OperatorMeter.Name).CreateObservableGauge(
            "mesh_operator_manifest_errors", () => _current.Count, description: "Errors in the manifests as they are now.");
    }

    public IReadOnlyList<ManifestError> Current => _current;

    public void Replace(IReadOnlyList<ManifestError> errors)
    {
        var before = _current;
        _current = errors;
        foreach (var error in errors.Except(before)) LogError(error);
        if (before.Count > 0 && errors.Count == 0) LogNoErrors();
        // The first time in any case: the file may be an earlier run's.
        if (!_replaced || !errors.SequenceEqual(before)) _folder?.Write(File, string.Concat(errors.Select(error => $"{error}\n")));
        _replaced = true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Error}")]
    private partial void LogError(ManifestError error);

    [LoggerMessage(Level = LogLevel.Information, Message = "All manifests can be read again")]
    private partial void LogNoErrors();
}
