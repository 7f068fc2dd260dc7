using Mesh.Linux;

namespace Mesh.Proxy.Tests;

public sealed class MappedFilesTests
{
    [Fact]
    public void A_file_that_is_only_read_or_run_is_given_back() =>
        Assert.Equal([(0x1000u, 0x3000u), (0x3000u, 0x4000u), (0x4000u, 0x5000u)], Unchanged(
            """
            00001000-00003000 r-xp 00026000 fe:00 1242                   /opt/mesh/mesh-proxy
            Size:                  8 kB
            Anonymous:             0 kB
            VmFlags: rd ex mr mw me
            00003000-00004000 r--p 00028000 fe:00 1242                   /opt/mesh/mesh-proxy
            Anonymous:             0 kB
            00004000-00005000 r--s 00000000 fe:00 1243                   /opt/mesh/Mesh.Api.dll
            Anonymous:             0 kB
            """));

    [Fact]
    public void Pages_that_were_written_are_kept() => Assert.Empty(Unchanged(
        """
        00001000-00003000 r--p 00026000 fe:00 1242                   /opt/mesh/mesh-proxy
        Anonymous:             4 kB
        """));

    [Theory]
    [InlineData("00001000-00003000 rw-p 00026000 fe:00 1242                   /opt/mesh/mesh-proxy")]
    [InlineData("00001000-00003000 r--p 00000000 00:00 0")]
    [InlineData("00001000-00003000 r-xp 00000000 00:00 0                      [vdso]")]
    [InlineData("00001000-00003000 rw-s 00000000 fe:00 1242                   /shared")]
    public void What_is_no_file_that_is_only_read_is_kept(string mapping) => Assert.Empty(Unchanged($"{mapping}\nAnonymous:             0 kB"));

    [Fact]
    public void The_program_still_runs_afterwards()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("procfs is Linux's");
        Assert.True(MappedFiles.TryGiveBack(out _));
        Assert.Equal("still here", string.Concat("still", " ", "here"));
    }

    private static IEnumerable<(nuint, nuint)> Unchanged(string smaps) => MappedFiles.Unchanged(smaps.Split('\n'));
}
