using System.Runtime.InteropServices;

namespace Mesh.Proxy;

/// <summary>The first SIGTERM or SIGINT lets what is in flight finish; the second stops at once.</summary>
internal sealed class TerminationSignals(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    // As a shell reports a process that a signal ended: 128 + SIGTERM.
    private const int TerminatedExitCode = 143;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _received;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) > 1) Environment.Exit(TerminatedExitCode);
        application.StopApplication();
    }
}
