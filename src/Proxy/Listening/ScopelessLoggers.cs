namespace Mesh.Proxy.Listening;

/// <summary>
/// Loggers without scopes, which no log here shows. Kestrel opens one for each connection: memory as long as that lasts, and an execution
/// context to restore whenever something on it goes on.
/// </summary>
/// <param name="inner">Its owner's to dispose.</param>
internal sealed class ScopelessLoggers(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Scopeless(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
    }

    private sealed class Scopeless(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(logLevel, eventId, state, exception, formatter);
    }
}
