using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Chart.Tests;

/// <summary>The two ways to the images, make images and the Dockerfile, agree with each other, with the manifests and with the code. That they build and run is for make images-check and make dockerfile-check.</summary>
public sealed partial class ImagesTests
{
    private static readonly string Version =
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    private static readonly string Dockerfile = Read("Dockerfile");

    [Fact]
    public void Images_RunAsTheUserThatInterceptionLeavesAlone()
    {
        var user = Sidecar.UserId.ToString(CultureInfo.InvariantCulture);
        Assert.Equal([$"{user}:{user}", $"{user}:{user}"], User().Matches(Dockerfile).Select(match => match.Groups[1].Value));
        Assert.All([Read("eng/images.sh"), Read("eng/image-root.sh")], script => Assert.Contains($"readonly user={user} ", script, StringComparison.Ordinal));
    }

    [Fact]
    public void Manifests_AskForTheVersionThatIsBuilt()
    {
        var chart = ManifestYaml.Parse(File.ReadAllText(Path.Combine(Repository.Chart, "Chart.yaml"))).Single();
        Assert.Equal(Version, (string)chart["appVersion"]!);

        var images = Directory.EnumerateFiles(Repository.Config, "*.yaml", SearchOption.AllDirectories)
            .SelectMany(file => Image().Matches(File.ReadAllText(file))).Select(match => match.Value).ToHashSet();
        Assert.Equal([$"mesh/operator:{Version}", $"mesh/proxy:{Version}"], images.Order(StringComparer.Ordinal));
        Assert.All(Image().Matches(Dockerfile), match => Assert.EndsWith(Version, match.Value, StringComparison.Ordinal));
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"^USER (\S+)$", RegexOptions.Multiline)]
    private static partial Regex User();

    [GeneratedRegex(@"mesh/(operator|proxy):[\w.-]+")]
    private static partial Regex Image();
}
