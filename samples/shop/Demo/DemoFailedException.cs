namespace Shop.Demo;

/// <summary>The demo can't go on; the message tells its user why.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
