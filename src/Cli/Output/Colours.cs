namespace Mesh.Cli.Output;

/// <summary>Colours of a terminal (ECMA-48), or none.</summary>
internal sealed class Colours(bool enabled)
{
    public string Bold(string text) => Of(text, 1);

    public string Red(string text) => Of(text, 31);

    public string Green(string text) => Of(text, 32);

    public string Yellow(string text) => Of(text, 33);

    private string Of(string text, int code) => enabled ? $"\e[{code}m{text}\e[0m" : text;
}
