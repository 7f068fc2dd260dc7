namespace Mesh.Proxy.Health;

/// <summary>What becomes of a probe.</summary>
/// <param name="Status">The status for the kubelet: 200 to 399 where the application is well.</param>
/// <param name="Text">What the application said, or why it could not be asked.</param>
internal readonly record struct CheckAnswer(int Status, string Text);
